import type { Actor } from '../auth/actor.ts'
import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { messagesOn } from './inputs.ts'

// A member who leaves waits for this lock, or is seen to have left: nobody who has left writes.
const lockingWriter = statement({
  name: 'messages: lock who writes',
  takes: { member: 'bigint' },
  gives: againGives,
  sql: ($) => `select ${againSql} from users me where me.id = ${$.member} for key share of me`,
})

/** Locks the caller, who must still be allowed to write. Returns them and the community as they are. */
export async function lockWriter(tx: Db, ctx: MemberCtx): Promise<{ writer: Actor; community: Community }> {
  const again = await lockingWriter.row(tx, { member: ctx.actor.id })
  const community = await admitAgain(tx, ctx, activeMember, again, messagesOn)
  return { writer: { ...ctx.actor, role: (again?.role ?? null) as Actor['role'] }, community }
}

// Whoever writes locks in this order: threads, files, boxes.

const lockingThreads = statement({
  name: 'messages: lock threads',
  takes: { ids: 'bigint[]' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from message_thread where id = any(${$.ids}) order by id for update`,
})

/** Locks threads: their messages and the counts of their sides stand still. @returns those that exist */
export const lockThreads = async (tx: Db, ids: number[]): Promise<number[]> =>
  (await lockingThreads.rows(tx, { ids })).map(({ id }) => id)

const makingBoxes = statement({
  name: 'messages: make boxes',
  takes: { members: 'bigint[]' },
  gives: {},
  sql: ($) => `insert into message_box (member_id) select id from unnest(${$.members}) id order by id
    on conflict do nothing`,
})

const lockingBoxes = statement({
  name: 'messages: lock boxes',
  takes: { members: 'bigint[]' },
  gives: {},
  sql: ($) => `select from message_box where member_id = any(${$.members}) order by member_id for update`,
})

/** Locks members' counts of threads, which are about to change. */
export async function lockBoxes(tx: Db, members: number[]): Promise<void> {
  await makingBoxes.rows(tx, { members })
  await lockingBoxes.rows(tx, { members })
}

const lockingFiles = statement({
  name: 'messages: lock files',
  takes: { uuids: 'text[]' },
  gives: {},
  sql: ($) => `select from message_file where uuid = any(${$.uuids}) order by uuid for update`,
})

const releasing = statement({
  name: 'messages: let go of files that no message has',
  takes: { uuids: 'text[]' },
  gives: {},
  sql: ($) => `with unused as (
      delete from message_file f where f.uuid = any(${$.uuids}) and f.loose_since is null
        and not exists (select from message x where x.file_uuid = f.uuid) returning *
    )
    update file set state = 'gone' where id in (select unnest(array[file_id, thumbnail_id]) from unused)`,
})

/** Locks files, so that two acts that release the same one see each other. */
export const lockFiles = (tx: Db, uuids: string[]): Promise<unknown> => lockingFiles.rows(tx, { uuids })

/** Releases files of deleted messages, unless others have them too. */
export async function letGoOfFiles(tx: Db, sent: (string | null)[]): Promise<void> {
  const uuids = [...new Set(sent.flatMap((each) => each ?? []))]
  if (!uuids.length) return
  await lockFiles(tx, uuids)
  await releasing.rows(tx, { uuids })
}
