import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { author } from '../auth/audience.ts'
import type { Kith, MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound, refused } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'

export const noMedia = () => notFound('No media has this id.')

/** Medias deleted per transaction. */
const atOnce = 200

const locking = statement({
  name: 'media: lock',
  takes: { id: 'bigint', member: 'bigint' },
  gives: { owner: 'bigint', type: 'text', shown: 'boolean', ...againGives },
  sql: ($) => `select media.owner_id as owner, media.type, media.contribution_id is not null as shown, ${againSql}
    from media join users me on me.id = ${$.member} where media.id = ${$.id} for update of media for key share of me`,
})

/**
 * Locks a media for its owner. No contribution may show it: those medias change with the contribution.
 * @returns its type
 */
export async function lockMedia(tx: Db, ctx: MemberCtx, id: number): Promise<string> {
  const row = await locking.row(tx, { id, member: ctx.actor.id })
  if (!row) throw noMedia()
  await admitAgain(tx, ctx, author, row)
  // Others learn nothing about unpublished medias.
  if (row.owner !== ctx.actor.id && !row.shown) throw noMedia()
  author.checkOwner(ctx.actor, row.owner, 'media')
  if (row.shown) throw refused('in_use', 'A contribution shows this. Edit that, and leave it out there.')
  return row.type
}

const deleting = statement({
  name: 'media: delete',
  takes: { ids: 'bigint[]' },
  gives: { file: 'bigint?' },
  sql: ($) => `delete from media where id = any(${$.ids}) returning file_id as file`,
})

const lockingFiles = statement({
  name: 'media: lock files that may be of no use',
  takes: { ids: 'bigint[]' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from file where id = any(${$.ids}) order by id for update`,
})

// Whoever shows the same file has written so by now, or waits for the lock and finds the file gone.
const releasing = statement({
  name: 'media: let go of files that nothing shows',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `update file set state = 'gone' where id = any(${$.ids})
    and not exists (select from media m where m.file_id = file.id)`,
})

/** Releases files, unless other medias show them. */
export async function letGoOfFiles(tx: Db, ids: number[]): Promise<void> {
  if (!ids.length) return
  await lockingFiles.rows(tx, { ids })
  await releasing.rows(tx, { ids })
}

/** Deletes medias, and their files unless other medias of the same member show them. */
async function deleteMedias(tx: Db, ids: number[]): Promise<void> {
  const rows = await deleting.rows(tx, { ids })
  await letGoOfFiles(tx, [...new Set(rows.flatMap(({ file }) => file ?? []))])
}

/** Deletes a media of the caller that no contribution shows. */
export async function deleteMedia(ctx: MemberCtx, id: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    await lockMedia(tx, ctx, id)
    await deleteMedias(tx, [id])
  })
}

const loose = statement({
  name: 'media: that nothing has shown for a day',
  takes: { before: 'timestamptz' },
  gives: { id: 'bigint' },
  // Texts may show a picture without saying so here.
  sql: ($) => `select id from media where loose_since < ${$.before} and type <> 'eimage'
    order by loose_since limit ${atOnce} for update skip locked`,
})

/** Deletes medias that were never published, or that no contribution shows any more, a day later. */
export async function deleteLooseMedias({ db, clock }: Kith): Promise<void> {
  const before = new Date(clock.now().getTime() - 86_400_000)
  for (let more = true; more; ) {
    more = await db.transaction(async (tx) => {
      const ids = (await loose.rows(tx, { before })).map(({ id }) => id)
      if (ids.length) await deleteMedias(tx, ids)
      return ids.length === atOnce
    })
  }
}

const ofMember = statement({
  name: 'media: some of a member',
  takes: { owner: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from media where owner_id = ${$.owner} order by id limit ${atOnce} for update`,
})

const ending = statement({
  name: 'media: end the uploads of a member',
  takes: { owner: 'bigint', now: 'timestamptz' },
  gives: {},
  sql: ($) => `update upload set filename = '', expires_at = ${$.now} where owner_id = ${$.owner}`,
})

/** Erases some medias of a member; contributions then no longer show them. */
export async function eraseMedias(tx: Db, { id: owner, now }: Erasing): Promise<boolean> {
  await ending.rows(tx, { owner, now })
  const ids = (await ofMember.rows(tx, { owner })).map(({ id }) => id)
  if (ids.length) await deleteMedias(tx, ids)
  return ids.length === atOnce
}
