import type { Server } from './servers.ts'

/** Environment of a floor that is to say that it is where Kith is. */
export const addressOf = ({ port }: Server) => ({ PUBLIC_ADDRESS: `http://127.0.0.1:${port}` })

type Question = [server: Server, path: string, token?: string]

/** Refuses a floor whose answer is not, byte for byte, the one that Kith gives, and says where they part. */
export async function checkSame(kith: Question, floor: Question, shown: (text: string) => string = (text) => text) {
  const [real, bare] = await Promise.all([kith, floor].map(read))
  if (shown(real as string) === shown(bare as string)) return
  const places = differences(JSON.parse(shown(real as string)), JSON.parse(shown(bare as string)))
  throw new Error(
    `The floor's ${floor[1]} is not Kith's ${kith[1]}:\n  ${places.slice(0, 10).join('\n  ') || 'the fields have another order'}`,
  )
}

async function read([{ port }, path, token]: Question): Promise<string> {
  const headers = token ? { authorization: `Bearer ${token}` } : undefined
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text
}

function differences(real: unknown, bare: unknown, at = ''): string[] {
  const [one, other] = [JSON.stringify(real), JSON.stringify(bare)]
  if (one === other) return []
  if (typeof real === 'object' && typeof bare === 'object' && real && bare) {
    const names = new Set([...Object.keys(real), ...Object.keys(bare)])
    const fieldOf = (from: object, name: string) => (from as Record<string, unknown>)[name]
    return [...names].flatMap((name) => differences(fieldOf(real, name), fieldOf(bare, name), `${at}/${name}`))
  }
  return [`${at}: ${one?.slice(0, 100)}, of the floor ${other?.slice(0, 100)}`]
}
