import { takeApart } from '../platform/text.ts'

/** Common passwords, without the digits and signs that people put around them. */
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

/** Keys in their order on the keyboard, and digits in order. */
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

/** Signs that people write instead of letters. */
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

/** Up to this many characters around a common word do not make it a good password. */
const mostAround = 6

/** Whether a text consists of runs of neighbouring keys. */
function isRuns(text: string): boolean {
  let left = text
  while (left.length >= 3) {
    const longest = Math.max(...bothWays.map((run) => shared(run, left)))
    if (longest < 3) return false
    left = left.slice(longest)
  }
  return true
}

/** How many characters at the beginning of a text continue a run in order. */
function shared(run: string, text: string): number {
  for (let length = Math.min(text.length, run.length); length >= 3; length--)
    if (run.includes(text.slice(0, length))) return length
  return 0
}

/**
 * Whether a password is one of those that attackers try first: a common word with digits and signs around it or
 * instead of its letters, keys in their order, or the same few characters again and again.
 */
export function isCommon(text: string): boolean {
  const plain = takeApart(text).toLowerCase()
  const spelt = [...plain.replace(/^[^a-z]+|[^a-z]+$/g, '')].map((each) => instead[each] ?? each).join('')
  for (const each of [plain, spelt]) {
    // The longest run of letters: what is around it was added to satisfy the rules.
    const [word = ''] = each.match(/[a-z]+/g)?.sort((a, b) => b.length - a.length) ?? []
    if (words.has(word) && plain.length - word.length <= mostAround) return true
  }
  const stripped = plain.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
  // One or two letters may stand before or behind a run.
  const cut = [0, 1, 2].flatMap((from) => [0, 1, 2].map((to) => stripped.slice(from, stripped.length - to)))
  return (
    cut.some((each) => each.length >= 5 && isRuns(each)) ||
    new Set(stripped).size <= 3 ||
    /^(.{1,4}?)\1+$/.test(stripped)
  )
}
