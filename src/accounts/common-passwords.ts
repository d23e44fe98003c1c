import { takeApart } from '../platform/text.ts'

/** What most people who had to use letters and digits have thought of, without what they put around it. */
const words = new Set(
  `password passwort passw pass pw secret geheim qwerty qwert qwertz azerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm
  qaz qazwsx qwe asd zxc abc abcd abcde abcdef test testing temp welcome willkommen benvenuto bienvenue hello hallo ciao
  bonjour letmein login logon access changeme change default guest user admin administrator root master server system
  iloveyou loveyou love lovely monkey dragon tiger lion princess sunshine shadow superman batman spiderman pokemon naruto
  starwars football baseball basketball soccer hockey arsenal chelsea liverpool barcelona juventus juventus realmadrid
  michael jordan jennifer jessica ashley daniel charlie thomas robert andrew matthew joshua hunter michelle nicole amanda
  summer winter spring autumn sommer herbst estate inverno january february march april may june july august september
  october november december monday friday sunday london paris berlin roma milano madrid america england italia france
  flower computer internet samsung google facebook linkedin freedom whatever trustno trustnoone ninja mustang harley
  killer cheese cookie pepper ginger buster maggie jesus christ angel blessed family mother hannah sophie george
  company community kith selfcommunity`.split(/\s+/),
)

/** Keys as they lie, and digits as they come. */
const runs = [
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1234567890',
  'q1w2e3r4t5y6',
  'abcdefghijklmnopqrstuvwxyz',
]

const bothWays = [...runs, ...runs.map((run) => [...run].reverse().join(''))]

/** What people write instead of a letter. */
const instead: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '€': 'e',
}

/** So many characters more than a common word make no other password of it. */
const mostAround = 6

/** Whether a text is made of pieces that lie on the keyboard as they stand. */
function isRuns(text: string): boolean {
  let left = text
  while (left.length >= 3) {
    const longest = Math.max(...bothWays.map((run) => shared(run, left)))
    if (longest < 3) return false
    left = left.slice(longest)
  }
  return true
}

/** How many characters at the beginning of a text stand in a run as they do there. */
function shared(run: string, text: string): number {
  for (let length = Math.min(text.length, run.length); length >= 3; length--)
    if (run.includes(text.slice(0, length))) return length
  return 0
}

/**
 * Whether a password is one of those that are tried first: a common word with digits and signs around it, whatever stands
 * for its letters, or keys in their order, or the same few again and again.
 */
export function isCommon(text: string): boolean {
  const plain = takeApart(text).toLowerCase()
  const spelt = [...plain.replace(/^[^a-z]+|[^a-z]+$/g, '')].map((each) => instead[each] ?? each).join('')
  for (const each of [plain, spelt]) {
    // The longest part of letters: what is around it is put there because it had to be.
    const [word = ''] = each.match(/[a-z]+/g)?.sort((a, b) => b.length - a.length) ?? []
    if (words.has(word) && plain.length - word.length <= mostAround) return true
  }
  const stripped = plain.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
  // One letter or two are put before a run, or behind it.
  const cut = [0, 1, 2].flatMap((from) => [0, 1, 2].map((to) => stripped.slice(from, stripped.length - to)))
  return (
    cut.some((each) => each.length >= 5 && isRuns(each)) ||
    new Set(stripped).size <= 3 ||
    /^(.{1,4}?)\1+$/.test(stripped)
  )
}
