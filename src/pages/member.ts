import { statement } from '../platform/sql/statement.ts'
import { takesNewcomers } from '../registrations/open.ts'
import { type Html, html } from './html.ts'
import type { Visit } from './visit.ts'

const naming = statement({
  name: 'pages: name of a member',
  takes: { id: 'bigint' },
  gives: { username: 'text' },
  sql: ($) => `select username from users where id = ${$.id}`,
})

/** The name of the signed-in member. */
export async function nameOf({ ctx }: Visit): Promise<string> {
  if (!ctx.actor) return ''
  return (await naming.row(ctx.db, { id: ctx.actor.id }))?.username ?? ''
}

/** The corner of a page that says who is signed in. */
export async function header(visit: Visit): Promise<Html> {
  const { words } = visit.look
  if (!visit.session)
    return html`<nav>${(await takesNewcomers(visit.ctx)) && html`<a href="/signup">${words.signUp}</a> `}<a href="/signin">${words.signIn}</a></nav>`
  return html`<form method="post" action="/signout">${visit.form()}<span>${words.signedInAs(await nameOf(visit))}</span> <a href="/apps">${words.apps}</a>
<button>${words.signOut}</button></form>`
}
