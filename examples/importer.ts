/**
 * Brings members and their friendships from two files of another system. It may be stopped and run again: who is there
 * already stays, and is named by the same id. Nothing is told to webhooks; `?events=1` would do it.
 *
 * members.csv: ext_id,username,email,real_name    friends.csv: ext_id,ext_id    Each with a heading; no quotes.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { env, http, UserService } from './client.ts'

type Answer = { line?: number; errors?: object[]; done?: boolean; made?: number; there?: number; refused?: number }

/** The rows of a file as they are read, each made into a line. It is never held whole. */
async function* linesOf(file: string, toLine: (cells: string[]) => object): AsyncGenerator<string> {
  let heading = true
  for await (const row of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (!heading && row.trim()) yield `${JSON.stringify(toLine(row.split(',').map((cell) => cell.trim())))}\n`
    heading = false
  }
}

/** Sends lines, and reads what came of each while it sends. */
async function send(what: string, url: string, lines: AsyncGenerator<string>): Promise<void> {
  const { data } = (await http.request({
    url,
    method: 'POST',
    data: Readable.from(lines),
    headers: { 'Content-Type': 'application/x-ndjson' },
    responseType: 'stream',
    // However long it takes, and however much it is.
    timeout: 0,
    maxBodyLength: Number.POSITIVE_INFINITY,
    maxRedirects: 0,
  } as never)) as { data: Readable }
  let sum: Answer | undefined
  for await (const text of createInterface({ input: data })) {
    const answer = JSON.parse(text) as Answer
    // An error without a line is about all that was still to come.
    if (answer.errors) console.error(`${what}, line ${answer.line ?? '-'}: ${JSON.stringify(answer.errors)}`)
    if (answer.done) sum = answer
  }
  if (!sum) throw new Error(`The import of ${what} was cut off. Run it again: what is there already stays.`)
  console.log(`${what}: ${sum.made} new, ${sum.there} there already, ${sum.refused} refused`)
}

const [members, friends] = [env('MEMBERS_FILE'), env('FRIENDS_FILE')]
const me = await UserService.getCurrentUser()
if (me.role !== 'admin') throw new Error(`${me.username} is no administrator. Use a token of one.`)
await send(
  'members',
  '/api/v2/user/import/',
  linesOf(members, ([ext_id, username, email, real_name]) => ({ ext_id, username, email: email || null, real_name })),
)
await send(
  'friendships',
  '/api/v2/connection/import/',
  linesOf(friends, ([from_ext_id, to_ext_id]) => ({ from_ext_id, to_ext_id, state: 'connected' })),
)
