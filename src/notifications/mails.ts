import { ownLink } from '../addresses/links.ts'
import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { compose, type Letter } from '../mail/compose.ts'
import { sendMail } from '../mail/queue.ts'
import type { Db } from '../platform/db/database.ts'
import { failpoint } from '../platform/failpoint.ts'
import { type Language, languageOf } from '../platform/http/language.ts'
import { statement } from '../platform/sql/statement.ts'
import { keptFromSql } from '../users/addressed.ts'
import { hiddenSql } from '../users/visibility.ts'
import { typeOf } from './declare.ts'

/** Notifications named in a mail; of more it says how many. */
const named = 20

/** Private messages: a separate setting decides whether they are mailed. */
const messages = 37

/** The shortest time between two mails, in minutes, whatever the member's setting. */
const apart = 15

/**
 * SQL of when a mail is due about what a member u is told now; null for none. At once for members who want that, and
 * for messages, but not within a while after the last mail; a day later for members who want one a day.
 * @param now SQL of the moment
 */
export const dueSql = (now: string) => `case
    when u.email is null or not u.email_isvalid then null
    when n.type = ${messages} and u.email_notification_not_qa = 1 or n.type <> ${messages} and u.qa_frequency = -1
      then greatest(${now}, b.mailed_at + interval '${apart} minutes')
    when n.type <> ${messages} and u.qa_frequency = 1 then ${now}::timestamptz + interval '1 day' end`

const taking = statement({
  name: 'notifications: take a box that a mail is due of',
  takes: { now: 'timestamptz' },
  gives: {
    ...{ member: 'bigint', username: 'text', email: 'text?', language: 'text', mailed: 'bigint', all: 'boolean' },
    ...{ messages: 'boolean' },
  },
  sql: ($) => `with due as (
      select member_id, mailed_to from notification_box where due_at <= ${$.now} order by due_at, member_id limit 1
      for no key update skip locked
    )
    update notification_box b set due_at = null, mailed_at = ${$.now}, mailed_to = b.last
    from due join users u on u.id = due.member_id
    where b.member_id = due.member_id
    returning b.member_id as member, u.username, case when u.status in ('a', 'b') and u.email_isvalid then u.email end as email,
      b.language, due.mailed_to as mailed, u.qa_frequency <> 0 as all, u.email_notification_not_qa = 1 as messages`,
})

const reading = statement({
  name: 'notifications: what a mail tells of',
  takes: { member: 'bigint', mailed: 'bigint', all: 'boolean', messages: 'boolean', now: 'timestamptz' },
  gives: { type: 'int', who: 'text?', says: 'text?', n: 'int' },
  // A mail tells what the member has not seen here, without what is about members who have left or is addressed to
  // others.
  sql: ($) => `select n.type::int as type, u.username as who, n.data -> 'custom_notification' ->> 'title' as says,
      count(*) over ()::int as n
    from notification i join notification_notice n on n.id = i.notice_id
    join notification_group g on g.id = i.group_id left join users u on u.id = n.actor_id
    where i.member_id = ${$.member} and i.position > ${$.mailed} and i.position > g.seen and not i.read
      and n.at > ${$.now}::timestamptz - interval '2 days'
      and case when n.type = ${messages} then ${$.messages} else ${$.all} end
      and not exists (select from addressed a where a.contribution_id = n.subject_id and a.kind = n.kind
        and ${keptFromSql('a.tags', 'a.author_id', 'i.member_id')})
      and not exists (select from relation r where r.member_id = i.member_id and r.other_id = n.actor_id and ${hiddenSql('r.')})
    order by i.position desc limit ${named}`,
})

type Line = { type: number; who: string | null; says: string | null }
type About = { community: string; username: string; lines: Line[]; more: number; link: string; settings: string }

/** A line of a mail: who did what. */
const lineOf = (language: Language, { type, who, says }: Line): string => {
  const what = typeOf(type)?.mail[language] ?? ''
  return `${who ? `${who} ${what}` : what}${says ? `: ${says}` : '.'}`
}

const letters: Record<Language, (about: About) => Letter> = {
  en: ({ community, username, lines, more, link, settings }) => ({
    subject: `News for you in ${community}`,
    greeting: `Hello ${username},`,
    says: [...lines.map((line) => lineOf('en', line)), ...(more ? [`And ${more} more.`] : [])],
    link: { words: 'See all', address: link },
    ends: [community, `Which mails you get is your choice: ${settings}`],
  }),
  it: ({ community, username, lines, more, link, settings }) => ({
    subject: `Novità per te in ${community}`,
    greeting: `Ciao ${username},`,
    says: [...lines.map((line) => lineOf('it', line)), ...(more ? [`E altre ${more}.`] : [])],
    link: { words: 'Vedi tutto', address: link },
    ends: [community, `Quali email ricevere lo decidi tu: ${settings}`],
  }),
}

/** The address of a page of the community's site, from a template that the community may change. */
const pageOf = (
  community: Community,
  page: 'url_template_notifications' | 'url_template_profile_settings',
  of: Record<string, string>,
): string => {
  const site = community.options['configurations.app_url']
  const template = community.options[`configurations.${page}`]
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(of[name] ?? ''))
  return site ? `${site}${path}` : ownLink(community, path)
}

async function writeOne({ clock, community: state }: Kith, tx: Db): Promise<boolean> {
  const now = clock.now()
  const box = await taking.row(tx, { now })
  if (!box) return false
  const { member, username, email, mailed, all, messages } = box
  if (!email) return true
  const lines = await reading.rows(tx, { member, mailed, all, messages, now })
  if (!lines.length) return true
  const community = state.current()
  const of = { id: String(member), username }
  const letter = letters[languageOf(box.language)]({
    ...{ community: community.options['text.application_name'], username, lines },
    more: (lines[0]?.n ?? 0) - lines.length,
    link: pageOf(community, 'url_template_notifications', of),
    settings: pageOf(community, 'url_template_profile_settings', of),
  })
  const { 'text.application_name': from } = community.options
  await sendMail(tx, { member, kind: 'notifications', to: email, from, now, ...compose(letter) })
  return true
}

/**
 * Writes the mails about what members are told and have not seen, according to their settings. Each is one
 * transaction, and is sent once.
 */
export async function writeNotificationMails(kith: Kith): Promise<void> {
  while (await kith.db.transaction((tx) => writeOne(kith, tx))) failpoint('notifications mailed')
}
