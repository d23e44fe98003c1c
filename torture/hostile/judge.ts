import type { Answer, Case } from './case.ts'
import type { Outcome } from './send.ts'

/** Whether a refusal has the documented form, and says something that can be acted on; null when all is well. */
export function judgeRefusal({ status, headers, body }: Answer): string | null {
  let read: { errors?: unknown }
  try {
    read = JSON.parse(body)
  } catch {
    return `${status} without JSON: "${body.slice(0, 200)}"`
  }
  const { errors } = read
  if (!Array.isArray(errors) || !errors.length) return `${status} without errors: ${body.slice(0, 200)}`
  const items = errors.flatMap((each) => (each?.field === undefined ? [each] : (each.messages ?? [])))
  const isTold = (item: { code?: unknown; message?: unknown }) =>
    typeof item?.code === 'string' && typeof item.message === 'string' && /^\P{Ll}.*[.!?]$/su.test(item.message)
  if (!items.length || !items.every(isTold)) return `${status} does not say why in a sentence: ${body.slice(0, 300)}`
  if (!/^application\/json/.test(headers['content-type'] ?? '')) return `${status} as ${headers['content-type']}`
  if ((status === 429 || status === 503) && !(Number(headers['retry-after']) > 0))
    return `${status} without Retry-After`
  return null
}

/** What holds for every answer there is, whatever was asked. */
export function judgeAnswer(answer: Answer): string | null {
  const { status, body } = answer
  if (status === 0) return 'an answer that is not HTTP'
  if (status >= 500 && status !== 503) return `${status}: ${body.slice(0, 200)}`
  return null
}

const isHead = ({ send }: Case) =>
  (typeof send === 'object' && 'path' in send && send.method === 'HEAD') ||
  (typeof send === 'string' && send.startsWith('HEAD '))

/** What is wrong with what came of a case, but for how long it took. */
export function judgeCase(each: Case, { answers, closed, silent }: Outcome): string[] {
  const wrong: string[] = []
  const add = (what: string | null | undefined) => {
    if (what) wrong.push(what)
  }
  const allowed = each.allowed.join(', ')
  if (silent) add(`no answer; allowed are ${allowed}`)
  if (closed && !each.allowed.includes('closed')) add(`closed after ${answers.length} answers; allowed are ${allowed}`)
  const seen = new Set<string>()
  for (const answer of answers) {
    const { status, body } = answer
    const found = [
      judgeAnswer(answer),
      each.allowed.includes(status) ? null : `${status} ${body.slice(0, 150)}; allowed are ${allowed}`,
      status >= 400 && !isHead(each) ? judgeRefusal(answer) : null,
      status >= 400 && each.code && !body.includes(`"code":"${each.code}"`)
        ? `${status} ${body.slice(0, 150)}; its code should be ${each.code}`
        : null,
      each.look?.(answer),
    ]
    // Ten thousand answers may all have the same fault.
    for (const what of found) if (what && !seen.has(what)) add(what)
    for (const what of found) if (what) seen.add(what)
  }
  return wrong
}

export const slowest = ({ answers }: Outcome) => Math.max(0, ...answers.map(({ ms }) => ms))
