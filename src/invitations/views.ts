import { activeSql } from '../auth/status.ts'
import { everyFlags, type Flags } from '../community/flags.ts'
import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  integer,
  moment,
  nested,
  nullable,
  nullableMoment,
  nullableText,
  renderSql,
  text,
  viewsOf,
} from '../platform/sql/view.ts'
import { User } from '../users/views.ts'

// Every expression below reads a row of signup_code named c and the present moment, t.now. Those of invitations also
// read who made it, m, and who last used it, u.

export type Seen = { flags: Flags; whole: boolean; key: string }

const validSql = `((c.max_uses is null or c.uses < c.max_uses) and (c.valid_from is null or c.valid_from <= t.now)
  and (c.valid_to is null or c.valid_to > t.now))`

const nullableInteger = <F>(sql: string): Field<F> => ({ ...integer<F>(sql), schema: nullable(Type.Integer()) })

const validity = <F>(): Record<string, Field<F>> => ({
  is_valid_now: boolean<F>(validSql),
  valid_from: nullableMoment<F>('c.valid_from'),
  valid_to: nullableMoment<F>('c.valid_to'),
  uses: integer<F>('c.uses'),
  max_uses: nullableInteger<F>('c.max_uses'),
})

/** An invitation. It shows whom it is for while it is valid, and to administrators who used it. */
export const InviteCode = viewsOf<Seen>()('InviteCode', 'An invitation.', {
  id: integer('c.id'),
  invited_by_username: nullableText('m.username'),
  role: nullableText('c.role'),
  tags: { schema: Type.Array(Type.Unknown()), sql: `'[]'`, kind: 'json' },
  name: {
    ...text<Seen>('c.name'),
    sql: ({ whole }) => (whole ? 'c.name' : `case when ${validSql} then c.name else '' end`),
  },
  email: {
    ...nullableText<Seen>('c.email'),
    sql: ({ whole }) => (whole ? 'c.email' : `case when ${validSql} then c.email end`),
  },
  code: text('c.code'),
  generated_at: moment('c.created_at'),
  sent_at: nullableMoment('c.sent_at'),
  used_at: nullableMoment('x.used_at'),
  invited_by: nullableInteger('m.id'),
  user: nested(nullable(User.schema), ({ flags, whole }) =>
    whole ? `case when u.id is not null then ${renderSql(User, flags)} end` : 'null::text',
  ),
  ...validity<Seen>(),
})

/** A promo code. */
export const PromoCode = viewsOf<Seen>()('PromoCode', 'The code of a promotion.', {
  id: integer('c.id'),
  code: text('c.code'),
  name: text('c.name'),
  ...validity<Seen>(),
})

export type Kind = 'i' | 'p'

/** SQL of the joins that views of a kind read. */
export const joinsOf = (kind: Kind): string =>
  kind === 'p'
    ? ''
    : `left join users m on m.id = c.made_by and ${activeSql('m.')}
      left join lateral (select used_at, member_id from signup_code_use where code_id = c.id order by used_at desc limit 1) x on true
      left join users u on u.id = x.member_id and ${activeSql('u.')}`

const seen = everyFlags().filter(({ viewer }) => !viewer)

/** How administrators and others see a kind; a promotion looks the same to all. */
export const seenBy = (kind: Kind, flags: Flags, whole: boolean): Seen => {
  const of = kind === 'p' ? (seen[0] as Flags) : flags
  const all = kind === 'p' || whole
  return { flags: of, whole: all, key: all ? of.key : 'others' }
}

/** Every way in which a kind is seen. */
export const everySeen = (kind: Kind): Seen[] => [
  ...new Map(
    seen.flatMap((flags) => [true, false].map((whole) => seenBy(kind, flags, whole))).map((each) => [each.key, each]),
  ).values(),
]
