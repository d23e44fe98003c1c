import { importMembers, type Newcomer } from '../accounts/import.ts'
import { toggleFollow } from '../connections/follow.ts'
import { importConnections } from '../connections/import.ts'
import type { ErrorItem } from '../platform/errors.ts'
import { noteMoved } from './quiet.ts'
import { countOf, idOf, momentOf, readMember, textOf } from './read.ts'
import { actingAs, inBatches, type Move, moved } from './shared.ts'
import type { Thing } from './source.ts'

const sayWhy = (errors: ErrorItem[]) =>
  errors
    .flatMap((each) => ('field' in each ? each.messages : [each]))
    .map(({ message }) => message)
    .join(' ')

/** Moves members, with their e-mail addresses if the source tells them. Passwords do not come. */
export async function moveMembers(move: Move): Promise<void> {
  const { kith, source, report, members, options } = move
  const all = (await source.count('/user/')) ?? 0
  let done = 0
  for await (const found of inBatches(source.list('/user/'), 100)) {
    const fresh = found.filter((each) => {
      const id = idOf(each)
      if (id === null || !textOf(each.username)) report.lacks('members', 'The source tells no id or name.', '?')
      else if (members.has(id)) report.count('members', 'there')
      else return !each.deleted
      return false
    })
    const accounts = await Promise.all(
      fresh.map(({ username }) => source.get(`/account/search/?username=${encodeURIComponent(textOf(username, 200))}`)),
    )
    const batch: { id: number; of: Newcomer }[] = []
    for (const [i, each] of fresh.entries()) {
      const id = idOf(each) as number
      const account = accounts[i] as Thing | null
      const sure = account && idOf(account) === id ? account : null
      const { of, dropped } = readMember(each, sure, options.roles)
      for (const field of dropped) report.lacks('members', `What they have as ${field} cannot be taken.`, `user/${id}`)
      const role = sure?.role ?? each.role
      if (role && !options.roles)
        report.lacks('members', `They were ${textOf(role, 20)} there: kith promote gives roles.`, textOf(each.username))
      if (!of) {
        report.count('members', 'failed')
        continue
      }
      if (!of.email)
        report.lacks('members', 'No address is known: kith reset-password lets them in.', textOf(of.username))
      batch.push({ id, of })
    }
    const came = await importMembers(
      kith,
      batch.map(({ of }) => of),
      options.events,
    )
    for (const [i, result] of came.entries()) {
      const { id, of } = batch[i] as (typeof batch)[0]
      if ('errors' in result) {
        report.count('members', 'failed')
        report.lacks('members', sayWhy(result.errors), `user/${id}`)
        continue
      }
      await noteMoved(kith.db, source.base, `user/${id}`, result.id)
      members.set(id, result.id)
      report.count('members', result.made ? 'new' : 'there')
      if (!result.made)
        report.lacks(
          'members',
          'Somebody of that name or id was here: what they did there is theirs here.',
          of.username,
        )
    }
    done += found.length
    move.tell('members', done, all)
  }
}

type Tie = { from: number; to: number; created?: Date }

/** Moves connections or follows, according to the mode of this community, between members who are here. */
export async function moveTies(move: Move): Promise<void> {
  const { kith, source, report } = move
  const { mode, connectionsEnabled } = kith.community.current()
  if (mode === 'friendship' && connectionsEnabled) await moveConnections(move)
  else if (mode === 'follow') await moveFollowings(move)
  else report.lacks('connections', 'This community has neither friendships nor following.', source.base)
}

async function* tiesOf(move: Move, counter: string, list: string): AsyncGenerator<{ of: number; other: number }> {
  const { source, members } = move
  const all = (await source.count('/user/')) ?? 0
  let done = 0
  for await (const each of source.list('/user/')) {
    move.tell(list, ++done, all)
    const of = idOf(each)
    // If the source does not say how many there are, it is asked.
    if (of === null || !members.has(of) || (typeof each[counter] === 'number' && countOf(each[counter]) === 0)) continue
    for await (const tied of source.list(`/user/${of}/${list}/`)) {
      const other = idOf(tied)
      if (other !== null && members.has(other)) yield { of, other }
    }
  }
}

async function moveConnections(move: Move): Promise<void> {
  const { kith, source, report, members, options, now } = move
  async function* found(): AsyncGenerator<Tie> {
    // A Kith lists all of them at once, with times; other sources list those of each member, without times.
    if ((await source.count('/connection/')) !== null) {
      for await (const { state, from_user, to_user, created } of source.list('/connection/?state=connected')) {
        const [from, to] = [idOf(from_user), idOf(to_user)]
        if (state === 'connected' && from !== null && to !== null && members.has(from) && members.has(to))
          yield { from, to, created: momentOf(created, now) }
      }
      return
    }
    for await (const { of, other } of tiesOf(move, 'connections_counter', 'connections'))
      if (of < other) yield { from: of, to: other }
  }
  for await (const batch of inBatches(found(), 200)) {
    const keys = batch.map(({ from, to }) => `connection/${Math.min(from, to)}/${Math.max(from, to)}`)
    const known = await moved(move, keys)
    const fresh = batch.flatMap((tie, i) => (known.has(keys[i] as string) ? [] : [{ tie, key: keys[i] as string }]))
    report.count('connections', 'there', batch.length - fresh.length)
    const wanted = fresh.map(({ tie: { from, to, created } }) => ({
      from: { by: 'id' as const, id: members.get(from) as number },
      to: { by: 'id' as const, id: members.get(to) as number },
      state: 'connected' as const,
      created,
    }))
    for (const [i, result] of (await importConnections(kith, wanted, options.events)).entries()) {
      const { key } = fresh[i] as (typeof fresh)[0]
      if ('errors' in result) {
        report.count('connections', 'failed')
        report.lacks('connections', sayWhy(result.errors), key)
        continue
      }
      await noteMoved(kith.db, source.base, key, null)
      report.count('connections', result.made ? 'new' : 'there')
    }
  }
}

async function moveFollowings(move: Move): Promise<void> {
  const { report, members } = move
  for await (const batch of inBatches(tiesOf(move, 'followings_counter', 'followings'), 200)) {
    const known = await moved(
      move,
      batch.map(({ of, other }) => `follow/${of}/${other}`),
    )
    for (const { of, other } of batch) {
      const key = `follow/${of}/${other}`
      if (known.has(key)) {
        report.count('followings', 'there')
        continue
      }
      const ctx = actingAs(move, move.quiet(key, false), members.get(of) as number)
      const done = await report.trying('followings', key, () => toggleFollow(ctx, members.get(other) as number))
      if (done) report.count('followings', 'new')
    }
  }
}
