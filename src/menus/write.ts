import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, notFound } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { faultOfLine, trimLine } from '../platform/text.ts'
import { menuUpdated } from './events.ts'
import { isMenu, readWritten, showMenu, type WrittenMenu } from './menus.ts'
import type { Menu } from './views.ts'

export const maxLinks = 50

type SentLink = { label: string; url: string }

/** Whether a link may lead there: a path of the site, or a web address. Nothing that a browser would run. */
function leadsSomewhere(url: string): boolean {
  if (/[\s\\]|\p{Cc}|\p{Bidi_Control}/u.test(url)) return false
  if (/^\/(?!\/)/.test(url)) return true
  return /^(https?:\/\/[^/?#]|mailto:.)/i.test(url) && URL.canParse(url)
}

/** Reads the links that were sent; refuses the first one without a visible name or a valid target. */
export function readLinks(items: SentLink[]): SentLink[] {
  return items.map(({ label: sent, url }, i) => {
    const refuse = (sentence: string) => badField('items', 'invalid', `Link ${i + 1}: ${sentence}`)
    const label = trimLine(sent)
    const fault = label ? faultOfLine(label) : 'Write what it is called.'
    if (fault) throw refuse(fault)
    if (!leadsSomewhere(url))
      throw refuse('it leads nowhere. Write a path as /about/, or an address as https://example.com/.')
    return { label, url }
  })
}

const numbering = statement({
  name: 'menus: ids for links',
  takes: { n: 'int' },
  gives: { id: 'bigint' },
  sql: ($) => `select nextval('custom_menu_item_id') as id from generate_series(1, ${$.n})`,
})

const emitting = (now: string, shown: string) => emit(now, [menuUpdated, `${shown}::text`, ''])

const writing = statement({
  name: 'menus: write',
  takes: { id: 'int', items: 'json', shown: 'json', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with written as (
      insert into custom_menu (id, items, created_at, updated_at) values (${$.id}, ${$.items}, ${$.now}, ${$.now})
      on conflict (id) do update set items = excluded.items, updated_at = excluded.updated_at
    )
    ${emitting($.now, $.shown)}`,
})

const taking = statement({
  name: 'menus: take back what was written',
  takes: { id: 'int', shown: 'json', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with gone as (delete from custom_menu where id = ${$.id})
    ${emitting($.now, $.shown)}`,
})

/** Changes menus one after the other; `change` gets the present change of the menu, and the community as it is. */
async function inTurn(
  ctx: MemberCtx,
  id: number,
  change: (tx: Db, written: WrittenMenu | null, community: Community) => Promise<Menu>,
): Promise<Menu> {
  if (!isMenu(id)) throw notFound('No menu has this id.')
  return ctx.db.transaction(async (tx) => {
    await tx.query('lock table custom_menu in share row exclusive mode')
    const community = await lookAgain(tx, ctx, admin)
    return change(tx, (await readWritten(tx)).get(id) ?? null, community)
  })
}

/** Replaces all links of a menu. An unchanged link keeps its id. */
export function writeMenu(ctx: MemberCtx, id: number, given: SentLink[]): Promise<Menu> {
  const sent = readLinks(given)
  return inTurn(ctx, id, async (tx, written, community) => {
    const left = [...(written?.items ?? [])]
    const ids = await numbering.rows(tx, { n: sent.length })
    const items = sent.map(({ label, url }, i) => {
      const at = left.findIndex((each) => each.label === label && each.url === url)
      return at < 0 ? { id: ids[i]?.id as number, label, url } : (left.splice(at, 1)[0] as WrittenMenu['items'][0])
    })
    if (written && JSON.stringify(items) === JSON.stringify(written.items)) return showMenu(community, id, written)
    // As the database writes it: with microseconds and offset.
    const now = ctx.now.toISOString().replace('Z', '000+00:00')
    const menu = showMenu(community, id, { items, created_at: written?.created_at ?? now, updated_at: now })
    await writing.rows(tx, { id, items: JSON.stringify(items), shown: JSON.stringify(menu), now: ctx.now })
    return menu
  })
}

/** Resets a menu to what every community has. */
export const resetMenu = (ctx: MemberCtx, id: number): Promise<Menu> =>
  inTurn(ctx, id, async (tx, written, community) => {
    const menu = showMenu(community, id, null)
    if (written) await taking.rows(tx, { id, shown: JSON.stringify(menu), now: ctx.now })
    return menu
  })
