import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const onMac = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const canRun = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The Chromium of this machine: the one that KITH_CHROMIUM names, else the first there is; null without one. */
export function findChromium(): string | null {
  const { KITH_CHROMIUM, PATH = '' } = process.env
  if (KITH_CHROMIUM) return canRun(KITH_CHROMIUM) ? KITH_CHROMIUM : null
  const folders = PATH.split(delimiter).filter(Boolean)
  const files = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...files, ...(process.platform === 'darwin' ? onMac : [])].find(canRun) ?? null
}
