import { askedOf } from '../context.ts'
import { ownClient, ownRedirect } from '../oauth/own-app.ts'
import type { Built } from '../platform/http/built.ts'
import { sendApplication } from './application.ts'
import { html } from './html.ts'
import type { Visit } from './visit.ts'

/** The path of the application's files. */
export const builtPath = '/web/'

/** Videos that members link to are shown by their own sites, once somebody plays one. */
const players = ['https://www.youtube-nocookie.com', 'https://player.vimeo.com']

/** The application's content security policy: its own files, styles it has made, and this server only. */
function policyOf(nonce: string, bases: string[]): string {
  const own = ["'self'", ...bases].join(' ')
  const sockets = bases.map((each) => each.replace(/^http/, 'ws')).join(' ')
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src ${own} data: blob:`,
    `media-src ${own} blob:`,
    "font-src 'self' data:",
    `connect-src ${own} ${sockets}`,
    "worker-src 'self'",
    `frame-src ${players.join(' ')}`,
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The application, at whatever address it was requested: it finds out itself where it is, and who is signed in. */
export async function showFront(visit: Visit, built: Built) {
  const { ctx, look, session } = visit
  const { base } = askedOf(ctx)
  const name = ctx.community.options['text.application_name']
  const told = {
    ...{ name, language: look.language, nonce: look.nonce, client: ownClient, redirect: ownRedirect },
    ...{ member: session?.member ?? null, formToken: session ? visit.formToken() : null },
  }
  // Pictures are at the community's public address, which may differ from the one that was called.
  const bases = [...new Set([base, ctx.community.publicAddress || base])]
  return sendApplication(visit, {
    ...{ title: name, language: look.language, built, files: builtPath, told },
    without: html`<p>${look.words.needsScript}</p><p><a href="/signin">${look.words.signIn}</a></p>`,
    policy: policyOf(look.nonce, bases),
  })
}
