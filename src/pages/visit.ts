import { randomBytes } from 'node:crypto'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieName } from '../auth/identify.ts'
import { isSame } from '../auth/opaque.ts'
import { askedOf, type Ctx } from '../context.ts'
import { type Html, html } from './html.ts'
import { type Body, type Look, layout, lookOf } from './layout.ts'

/** A person who looks at a page with a browser. */
export type Visit = {
  ctx: Ctx
  look: Look
  /** The session they are signed in with. */
  session: { member: number; hash: string } | null
  /** A hidden field for forms, so that no other site can send them. */
  form(): Html
  /** The same as text, for a page that makes its forms itself. */
  formToken(): string
  /** Whether a form was made here, for this browser and this session. */
  isOurs(): boolean
  /** The values of a form, else of the address. */
  values: Record<string, unknown>
  isForm: boolean
  /** One of these values; empty if it is no text. */
  sent(name: string): string
  show(body: Body, status?: number): FastifyReply
  /** Redirects by GET. */
  go(where: string): FastifyReply
  setCookie(name: string, value: string, seconds: number): void
  /** For answers that are no page of Kith's own. */
  reply: FastifyReply
}

const formCookie = 'kith_form'

export function openVisit(ctx: Ctx, request: FastifyRequest, reply: FastifyReply): Visit {
  const { base, credential } = askedOf(ctx)
  const look = lookOf(ctx.community, request.headers['accept-language'])
  const session = credential?.kind === 'session' ? credential : null
  const cookies = parseCookie(request.headers.cookie ?? '')
  const { sign } = ctx.kith.credentials
  const secure = base.startsWith('https:')
  const given = cookies[cookieName(formCookie, base)] ?? ''
  let browser = /^[\w-]{32}$/.test(given) ? given : ''
  const proof = () => sign(`form ${browser} ${session?.hash ?? ''}`)

  const setCookie = (name: string, value: string, maxAge: number) =>
    void reply.header(
      'Set-Cookie',
      stringifySetCookie({
        ...{ name: cookieName(name, base), value, maxAge, path: '/', httpOnly: true, sameSite: 'lax', secure },
      }),
    )

  function formToken(): string {
    if (!browser) {
      browser = randomBytes(24).toString('base64url')
      setCookie(formCookie, browser, 86_400)
    }
    return proof()
  }

  const isForm = request.method === 'POST'
  const values = { ...((isForm ? request.body : request.query) as object | undefined) } as Record<string, unknown>
  const sent = (name: string) => {
    const value = values[name]
    return typeof value === 'string' && !value.includes('\0') && value.isWellFormed() ? value : ''
  }

  return {
    ctx,
    look,
    session,
    reply,
    setCookie,
    values,
    isForm,
    sent,
    form: () => html`<input type="hidden" name="form_token" value="${formToken()}">`,
    formToken,
    isOurs() {
      const { origin, 'sec-fetch-site': site } = request.headers
      const foreign = site === undefined ? origin !== undefined && origin !== base : site !== 'same-origin'
      return browser !== '' && !foreign && isSame(sent('form_token'), proof())
    },
    show(body, status = 200) {
      const page = layout(look, body)
      return reply.code(status).headers(page.headers).type('text/html; charset=utf-8').send(page.html)
    },
    go: (where) => reply.code(303).headers({ Location: where, 'Referrer-Policy': 'no-referrer' }).send(),
  }
}

/** The path on this server where somebody goes on; the first page for anything else. */
export const localPath = (next: string) => (/^\/(?![/\\])[\x21-\x7e]{0,8000}$/.test(next) ? next : '/')
