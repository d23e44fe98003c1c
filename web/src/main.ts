import { prepareBrowser } from './browser.ts'
import { readCommunity } from './community.ts'
import { settleSession } from './session.ts'
import { chosenLanguage } from './told.ts'
import { words } from './words.ts'

// Little is loaded here: whoever is sent away to sign in has nothing to wait for, and libraries find the browser prepared.
prepareBrowser()
document.documentElement.lang = chosenLanguage()

const root = document.getElementById('root') as HTMLElement

/** Without the server there is nothing to show: says so, and tries again once somebody asks. */
function sayUnreachable(): void {
  const text = document.createElement('p')
  text.textContent = words.unreachable
  const button = document.createElement('button')
  button.textContent = words.reload
  button.onclick = () => location.reload()
  root.replaceChildren(text, button)
}

async function start(): Promise<void> {
  try {
    const reading = readCommunity()
    const tokens = await settleSession()
    const { show } = await import('./show.tsx')
    show(root, tokens, await reading)
  } catch (error) {
    console.warn(error)
    sayUnreachable()
  }
}

void start()
