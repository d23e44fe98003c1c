import { CannotStart } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import { withKith } from './with-kith.ts'

/** The Kith that a command talks to: another one by its address and a token, or the one on this machine. */
export type Where = { url?: string; token?: string }

export type Answered = { status: number; text: string; json: unknown }

/** A serving Kith, as an administrator's client sees it. */
export type Remote = {
  /** Its address, without a slash at the end. */
  base: string
  /**
   * Sends a request to an address after `/api/v2`.
   * @throws CannotReach if nobody answers, or not a Kith, or if it is overloaded
   * @throws CannotStart if it refuses, with its own sentences
   */
  ask(method: string, path: string, body?: unknown): Promise<Answered>
}

/** Nobody answers there now; somebody may later. */
export class CannotReach extends CannotStart {}

const findingServed = statement({
  name: 'cli: where this machine serves',
  takes: {},
  gives: { base: 'text', admin: 'bigint?' },
  sql: () =>
    `select base, (select min(id) from users where role = 'admin' and status = 'a') as admin from public_address`,
})

/** Hours that a token for the Kith on this machine is valid. */
const hours = 24

async function findHere(): Promise<{ base: string; token: string }> {
  let found: { base: string; token: string } | undefined
  await withKith('ask', async (kith) => {
    const { base = '', admin } = (await findingServed.row(kith.db, {})) ?? {}
    if (!base || !admin) throw new CannotStart('This Kith has never served. Start it by: npm start')
    found = { base, token: await kith.tokens.mint(admin, hours * 3600) }
  })
  return found as { base: string; token: string }
}

function readAddress(url: string): string {
  const address = URL.parse(url.includes('://') ? url : `https://${url}`)
  if (!address || !/^https?:$/.test(address.protocol))
    throw new CannotStart(`"${url}" is no address. Give one as https://community.example.`)
  return address.origin + address.pathname.replace(/\/(api\/v2\/?)?$/, '')
}

/** The Kith at `url`, which needs a token of an administrator or of an app that acts as one. */
export async function reach({ url, token }: Where): Promise<Remote> {
  if (url && !token)
    throw new CannotStart(`${url} asks who you are: give a token of an administrator by --token or KITH_TOKEN.`)
  const { base, token: bearer } = url ? { base: readAddress(url), token: token as string } : await findHere()

  async function ask(method: string, path: string, body?: unknown): Promise<Answered> {
    let response: Response
    let text: string
    try {
      response = await fetch(`${base}/api/v2${path}`, {
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(30_000),
      })
      text = await response.text()
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string; message?: string } }
      throw new CannotReach(`Nobody answers at ${base}: ${cause?.code ?? cause?.message ?? message}.`)
    }
    const { status } = response
    let json: unknown
    try {
      json = text || method === 'GET' ? JSON.parse(text) : undefined
    } catch {
      throw new CannotReach(`At ${base} somebody else than Kith answers, with ${status}.`)
    }
    if (status === 429 || status >= 500) throw new CannotReach(`${base} answers ${status}: ${sentences(json)}`)
    if (status === 401) throw new CannotStart(`${base} does not take the token: ${sentences(json)}`)
    if (status >= 300) throw new CannotStart(sentences(json) || `${base} answers ${status}.`)
    return { status, text, json }
  }
  return { base, ask }
}

type Faults = { errors?: { message?: string; field?: string; messages?: { message: string }[] }[] }

/** The errors of an answer, in its own sentences. */
function sentences(json: unknown): string {
  const { errors = [] } = (json ?? {}) as Faults
  return errors
    .flatMap(({ message, field, messages = [] }) => message ?? messages.map((each) => `${field}: ${each.message}`))
    .join(' ')
}
