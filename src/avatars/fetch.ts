import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { addAvatar, changePictures, lockPictures, onlyPath, pictureBytes, putPicture } from '../users/pictures.ts'

/** Time in ms and attempts that a stranger's server gets. */
const [patience, tries] = [10_000, 6]

// A node that takes one has some minutes; then another node, or the next round, takes it.
const taking = statement({
  name: 'avatars: take one to fetch',
  takes: { now: 'timestamptz' },
  gives: { user: 'bigint', url: 'text', tries: 'int' },
  sql: ($) => `update avatar_fetch set tries = tries + 1, due = ${$.now}::timestamptz + interval '4 minutes' * 3 ^ tries
    where user_id = (select user_id from avatar_fetch where due <= ${$.now} order by due limit 1 for update skip locked)
    returning user_id as user, url, tries`,
})

const ending = statement({
  name: 'avatars: end a fetch',
  takes: { user: 'bigint' },
  gives: { user: 'bigint' },
  sql: ($) => `delete from avatar_fetch where user_id = ${$.user} returning user_id as user`,
})

/**
 * Fetches the pictures that other systems have of new members, so that those systems do not learn who looks at them.
 * Until then, or if a picture cannot be had, the address stays. A picture that the member has replaced meanwhile is
 * skipped.
 */
export async function fetchAvatars(kith: Kith): Promise<void> {
  for (let n = 0; n < 50; n++) {
    const next = await taking.row(kith.db, { now: kith.clock.now() })
    if (!next) return
    try {
      await bring(kith, next)
    } catch {
      if (next.tries >= tries) await ending.rows(kith.db, next)
    }
  }
}

async function bring(kith: Kith, { user, url }: { user: number; url: string }): Promise<void> {
  const asked = { accept: 'image/*', bytes: pictureBytes.cover, signal: AbortSignal.timeout(patience) }
  const { body } = await kith.files.fetch(url, asked)
  const put = await putPicture(kith, 'avatar', user, body)
  await kith.db.transaction(async (tx) => {
    const { avatar } = await lockPictures(tx, user)
    if (!(await ending.row(tx, { user })) || avatar !== url) return
    const now = kith.clock.now()
    await addAvatar(tx, user, put, now)
    const ctx = { kith, actor: null, community: await kith.community.refresh(), now }
    await changePictures(ctx, user, { avatar: onlyPath(put) }, tx)
  })
}
