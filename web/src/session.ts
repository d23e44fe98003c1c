import { told } from './told.ts'

/** What this browser may act with, by OAuth 2.0 (code, PKCE, refresh), for the member who signed in at Kith's pages. */
export type Tokens = { member: number; accessToken: string; refreshToken: string; expiresAt: number }

const key = 'kith.tokens'
const askedKey = 'kith.asked'
const lastKey = 'kith.last'

/** Renewed so long before they end, in ms. */
const margin = 60_000

export function keptTokens(): Tokens | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as Tokens | null
  } catch {
    return null
  }
}

const keep = (tokens: Tokens) => localStorage.setItem(key, JSON.stringify(tokens))
export const forgetTokens = () => localStorage.removeItem(key)

const encoded = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)))

/** SHA-256 of an ASCII text. Browsers have it for https and this machine alone; elsewhere it is reckoned here. */
async function hash(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  if (crypto.subtle) return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const { sha256 } = await import('./sha256.ts')
  return sha256(bytes)
}

type Asked = { verifier: string; state: string; back: string; at: number }

const asked = (): Asked | null => JSON.parse(sessionStorage.getItem(askedKey) ?? 'null') as Asked | null

const here = () => `${location.pathname}${location.search}${location.hash}`
const redirect = () => `${location.origin}${told.redirect}`

/** Sends the member to Kith's own pages to sign in, and back to where they are. Whoever is signed in there comes right back. */
export async function signIn(back = here()): Promise<never> {
  const wish: Asked = { verifier: random(), state: random(), back, at: Date.now() }
  sessionStorage.setItem(askedKey, JSON.stringify(wish))
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: told.client,
    redirect_uri: redirect(),
    scope: 'read write',
    state: wish.state,
    code_challenge: encoded(await hash(wish.verifier)),
    code_challenge_method: 'S256',
  })
  location.assign(`/oauth/authorize/?${query}`)
  return new Promise<never>(() => {})
}

type Answer = { access_token: string; refresh_token: string; expires_in: number }

async function askForTokens(form: Record<string, string>): Promise<Answer | null> {
  const response = await fetch('/oauth/token/', {
    method: 'POST',
    body: new URLSearchParams({ ...form, client_id: told.client }),
    credentials: 'omit',
  })
  if (response.ok) return (await response.json()) as Answer
  // What is refused is over; what fails may work in a moment.
  if (response.status < 500 && response.status !== 429) return null
  throw new Error(`The server answered ${response.status}`)
}

const tokensOf = (member: number, answer: Answer): Tokens => ({
  member,
  accessToken: answer.access_token,
  refreshToken: answer.refresh_token,
  expiresAt: Date.now() + answer.expires_in * 1000,
})

/** Takes the code that the member came back with, and goes on where they were. */
async function redeem(member: number): Promise<void> {
  const query = new URLSearchParams(location.search)
  const wish = asked()
  sessionStorage.removeItem(askedKey)
  const code = query.get('code')
  if (code && wish && query.get('state') === wish.state) {
    const answer = await askForTokens({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect(),
      code_verifier: wish.verifier,
    })
    if (answer) {
      keep(tokensOf(member, answer))
      sessionStorage.removeItem(lastKey)
    }
  }
  history.replaceState(null, '', wish?.back ?? '/')
}

/** One tab renews at a time; the others take what it got. */
const alone = <T>(work: () => Promise<T>): Promise<T> =>
  navigator.locks ? (navigator.locks.request(key, work) as Promise<T>) : work()

/** Tokens that are good for a while; null when the member has to sign in again. */
export function renewed(used: string): Promise<Tokens | null> {
  return alone(async () => {
    const kept = keptTokens()
    if (!kept || kept.accessToken !== used) return kept
    const answer = await askForTokens({ grant_type: 'refresh_token', refresh_token: kept.refreshToken })
    if (!answer) {
      forgetTokens()
      return null
    }
    const tokens = tokensOf(kept.member, answer)
    keep(tokens)
    return tokens
  })
}

/** Ends what this browser may act with; the server is told, and need not answer. */
function withdraw(tokens: Tokens): void {
  forgetTokens()
  const body = new URLSearchParams({ token: tokens.refreshToken, client_id: told.client })
  void fetch('/oauth/revoke_token/', { method: 'POST', body, keepalive: true, credentials: 'omit' }).catch(() => {})
}

/**
 * Brings the tokens in line with who is signed in at Kith's own pages, which is what counts: whoever signed out there is
 * signed out here, and whoever signed in there need not sign in again.
 */
export async function settleSession(): Promise<Tokens | null> {
  const { member } = told
  if (location.pathname.replace(/\/$/, '') === told.redirect) {
    if (member !== null) await redeem(member)
    else history.replaceState(null, '', '/')
  }
  const kept = keptTokens()
  if (kept && kept.member !== member) {
    withdraw(kept)
    if (member === null) return null
  }
  if (member === null) return null
  const tokens = keptTokens()
  if (tokens && tokens.expiresAt - margin > Date.now()) return tokens
  const fresh = tokens && (await renewed(tokens.accessToken))
  return fresh ?? askOnce()
}

/** Asks for tokens by the way of sign-in, but not again and again where none come of it. */
async function askOnce(): Promise<Tokens | null> {
  const last = Number(sessionStorage.getItem(lastKey) ?? 0)
  if (Date.now() - last < 15_000) return null
  sessionStorage.setItem(lastKey, String(Date.now()))
  return signIn()
}

/** Tokens that the server no longer takes: others, if the member is still signed in. */
export async function startAgain(): Promise<void> {
  forgetTokens()
  await askOnce()
}

/** Signs the member out, here and at Kith's own pages. */
export function signOut(): void {
  const tokens = keptTokens()
  if (tokens) withdraw(tokens)
  const form = document.createElement('form')
  form.method = 'post'
  form.action = '/signout'
  for (const [name, value] of Object.entries({ form_token: told.formToken ?? '', next: '/' })) {
    const input = document.createElement('input')
    input.type = 'hidden'
    input.name = name
    input.value = value
    form.append(input)
  }
  document.body.append(form)
  form.submit()
}
