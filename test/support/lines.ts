import { request } from 'node:http'
import type { World } from './world.ts'

export type AnswerLine = {
  line?: number
  id?: number
  ext_id?: string
  made?: boolean
  state?: string
  errors?: { code?: string; field?: string; message?: string; messages?: { code: string; message: string }[] }[]
  done?: true
  lines?: number
  there?: number
  refused?: number
}

export const toLines = (items: unknown[]) =>
  items.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('')

/** Sends lines as an administrator, all at once, and reads the answers. */
export async function sendLines(
  world: World,
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
) {
  const answer = await world.send(path, {
    method: 'POST',
    body: body as never,
    headers: { authorization: `Bearer ${world.admin.token}`, 'content-type': 'application/x-ndjson', ...headers },
  })
  return { ...answer, lines: readAnswers(answer.text) }
}

export const readAnswers = (text: string): AnswerLine[] =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** What is wrong with a line, as "field code". */
export const faultOf = ({ errors = [] }: AnswerLine) =>
  errors.map(({ field, code, messages }) => (field ? `${field} ${messages?.[0]?.code}` : code)).join(', ')

/** Sends lines one after the other on one request, waiting for what comes of each before the next. */
export function openLines(world: World, path: string) {
  const outgoing = request(`${world.base}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.admin.token}`, 'content-type': 'application/x-ndjson' },
  })
  const answers: AnswerLine[] = []
  let rest = ''
  let wake = () => {}
  let ended = false
  outgoing.on('response', (incoming) => {
    incoming.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() as string
      answers.push(...parts.map((part) => JSON.parse(part)))
      wake()
    })
    incoming.on('close', () => {
      ended = true
      wake()
    })
  })
  outgoing.on('error', () => {
    ended = true
    wake()
  })
  outgoing.flushHeaders()
  return {
    send: (item: unknown) => void outgoing.write(toLines([item])),
    end: () => void outgoing.end(),
    cut: () => void outgoing.destroy(),
    /** The next answer; undefined when there are no more. */
    async next(): Promise<AnswerLine | undefined> {
      while (!answers.length && !ended)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return answers.shift()
    },
  }
}
