import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Kith } from '../../src/context.ts'
import { publishDue } from '../../src/contributions/publish.ts'
import { deleteGoneFiles, sweepUploads } from '../../src/files/clean.ts'
import { keyOf, type Part } from '../../src/files/keep.ts'
import { openFiles } from '../../src/files/open.ts'
import { endUploads } from '../../src/media/upload.ts'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { findPollDrift } from '../../src/polls/recount.ts'
import type { Told } from '../support/world.ts'

type Member = { id: number; token: string }
type Given = {
  db: Database
  connection: object
  dataDir: string
  base(): string
  roll(): number
  paula: Member
  voters: Member[]
  dora: Member
  fay: Member
}

/** What one has done, and what may have been done, because its answer never came. */
type Known<T> = { is: T; maybe?: T }
const learn = <T>(known: Known<T>, found: T, what: string) => {
  expect([known.is, ...('maybe' in known ? [known.maybe] : [])], what).toContainEqual(found)
  const changed = found !== known.is
  known.is = found
  delete known.maybe
  return changed
}

/**
 * Members beside those of the model, in the same storms: Paula opens and closes a poll in which others vote, Dora writes
 * drafts and what another node publishes later, Fay uploads files, whole and in pieces.
 */
export async function startOthers(given: Given) {
  const { db, dataDir, base, roll, paula, voters, dora, fay } = given
  const send = async (who: Member, method: string, path: string, body?: object | FormData, range?: string) => {
    const isForm = body instanceof FormData
    const answer = await fetch(`${base()}/api/v2${path}`, {
      method,
      headers: {
        authorization: `Bearer ${who.token}`,
        ...(body && !isForm && { 'content-type': 'application/json' }),
        ...(range && { 'content-range': range }),
      },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return { status: answer.status, body: text ? JSON.parse(text) : null }
  }

  const title = 'Which one?'
  const polled = (closed: boolean, choices: object[]) => ({ text: '<p>A poll</p>', poll: { title, closed, choices } })
  const asked = await send(
    paula,
    'POST',
    '/post/',
    polled(
      false,
      ['a', 'b', 'c'].map((choice) => ({ choice })),
    ),
  )
  expect(asked.status).toBe(201)
  const post = asked.body.id as number
  const choices = (asked.body.poll.choices as { id: number; choice: string }[]).map(({ id, choice }) => ({
    id,
    choice,
  }))
  const closed: Known<boolean> = { is: false }
  const votes = new Map(voters.map(({ id }) => [id, { is: null } as Known<number | null>]))
  let [changes, updates, heard] = [0, 0, 0]
  const told = new Map<number, number>()
  const cast = new Set<string>()
  const posted = new Set<number>()
  const uploaded = new Set<number>()
  const counts = { votes: 0, published: 0, files: 0, cut: 0 }

  const acts: (() => Promise<void>)[] = [
    ...voters.map((voter) => async () => {
      const { id } = choices[Math.floor(roll() * choices.length)] as { id: number }
      const mine = votes.get(voter.id) as Known<number | null>
      mine.maybe = mine.is === id ? null : id
      const { status } = await send(voter, 'POST', `/post/${post}/poll/vote/`, { choice: id })
      expect([204, 400]).toContain(status)
      if (status === 204) mine.is = mine.maybe
      delete mine.maybe
      counts.votes++
    }),
    async () => {
      closed.maybe = !closed.is
      const { status } = await send(paula, 'PUT', `/post/${post}/`, polled(closed.maybe, choices))
      expect(status).toBe(200)
      closed.is = closed.maybe
      delete closed.maybe
      changes++
      await sleep(closed.is ? 10 : 60)
    },
    async () => {
      const { status, body } = await send(dora, 'POST', '/post/', { text: '<p>Not yet</p>', draft: true })
      expect(status).toBe(201)
      const out = await send(dora, 'POST', `/post/${body.id}/publish/`)
      expect(out.status).toBe(200)
      posted.add(body.id)
      const at = new Date(Date.now() + 200).toISOString()
      const later = await send(dora, 'POST', '/post/', { text: '<p>Later</p>', scheduled_at: at })
      if (later.status === 201) posted.add(later.body.id)
    },
    async () => {
      // A document: what is done with files is the same for pictures, which take longer to make.
      const data = Buffer.from(`A file ${roll()}`)
      const form = (bytes: Buffer, fields: object = {}) => {
        const body = new FormData()
        for (const [name, value] of Object.entries(fields)) body.append(name, value)
        body.append('document', new Blob([new Uint8Array(bytes)], { type: 'text/plain' }), 'a.txt')
        return body
      }
      const whole = await send(fay, 'POST', '/media/', form(data, { type: 'doc' }))
      expect(whole.status).toBe(201)
      uploaded.add(whole.body.id)
      counts.files++
      let upload_id: string | undefined
      const half = data.length >> 1
      for (const [from, to] of [
        [0, half],
        [half, data.length],
      ] as const) {
        const range = `bytes ${from}-${to - 1}/${data.length}`
        const piece = form(data.subarray(from, to), upload_id ? { upload_id } : {})
        upload_id = (await send(fay, 'POST', '/media/upload/chunk/', piece, range)).body.upload_id
      }
      const md5 = createHash('md5').update(data).digest('hex')
      const { status, body } = await send(fay, 'POST', '/media/upload/complete/', { upload_id, md5, type: 'doc' })
      expect(status).toBe(201)
      uploaded.add(body.id)
      counts.files++
      await sleep(30)
    },
  ]

  const other = openDatabase({ ...given.connection, size: 1 } as never, () => {})
  const node = { db: other, clock: { now: () => new Date() } } as unknown as Kith
  /** Publishes what is due as a node does whose connections are cut at any moment. */
  const publishing = async (over: () => boolean) => {
    while (!over()) {
      const [own] = await other.query<{ pid: number }>('select pg_backend_pid() as pid').catch(() => [])
      const cut = sleep(roll() * 30).then(() => db.query('select pg_terminate_backend($1)', [own?.pid ?? 0]))
      await publishDue(node).catch(() => counts.cut++)
      await cut
      await sleep(150)
    }
  }

  return {
    ids: new Set([paula, ...voters, dora, fay].map(({ id }) => id)),
    counts,
    /** They act until their server is killed. */
    async act() {
      let over = false
      const acting = acts.map(async (act) => {
        try {
          for (;;) await act()
        } catch (error) {
          // What fetch says of a server that is gone.
          if (!(error instanceof TypeError)) throw error
        }
      })
      await Promise.all([Promise.all(acting).finally(() => (over = true)), publishing(() => over)])
    },
    /** What was answered is done, what was not is done wholly or not at all, and each is told once. */
    async check(round: string) {
      await sleep(200)
      for (let left = 5; left > 0; left--) {
        const done = await publishDue(node).catch((error: Error) => error)
        if (done === 0) break
        if (left === 1 && done instanceof Error) throw done
      }
      const events = await db.query<{ id: number; body: Told }>(
        `select id, body from event where id > $1 and (body ->> 'type' like 'poll\\_vote.%' or body ->> 'type' like 'post.%')
         order by id`,
        [heard],
      )
      heard = events.at(-1)?.id ?? heard
      for (const { body } of events) {
        const data = body.data as unknown as {
          id: number
          author?: { id: number }
          user?: { id: number }
          choice?: { id: number }
        }
        if (body.type === 'post.created' && data.author?.id === dora.id) told.set(data.id, (told.get(data.id) ?? 0) + 1)
        if (body.type === 'post.updated' && data.id === post) updates++
        const vote = `${data.choice?.id} by ${data.user?.id}`
        if (body.type === 'poll_vote.created')
          expect(cast.has(vote) || !cast.add(vote), `${round}: ${vote}`).toBe(false)
        if (body.type === 'poll_vote.deleted') expect(cast.delete(vote), `${round}: ${vote}`).toBe(true)
      }
      const rows = await db.query<{ choice: number; member: number }>(
        `select choice_id as choice, member_id as member from poll_vote v join contribution c on c.poll_id = v.poll_id
         where c.id = $1`,
        [post],
      )
      expect(new Set(rows.map(({ choice, member }) => `${choice} by ${member}`)), round).toEqual(cast)
      for (const [member, known] of votes)
        learn(known, rows.find((row) => row.member === member)?.choice ?? null, `${round}: the vote of ${member}`)
      const [poll] = await db.query<{ closed: boolean }>(
        'select p.closed from poll p join contribution c on c.poll_id = p.id where c.id = $1',
        [post],
      )
      if (learn(closed, poll?.closed as boolean, `${round}: whether the poll is closed`)) changes++
      expect(updates, `${round}: told of the poll`).toBe(changes)
      expect(await findPollDrift(db), round).toEqual([])

      const hers = await db.query<{ id: number; published: boolean; due: boolean }>(
        'select id, published, scheduled_at <= now() as due from contribution where author_id = $1',
        [dora.id],
      )
      const out = hers.filter(({ published }) => published).map(({ id }) => [id, 1])
      expect(
        hers.filter(({ published, due }) => !published && due),
        `${round}: due`,
      ).toEqual([])
      expect([...told].sort(), `${round}: told as published`).toEqual(out.sort())
      for (const id of posted) expect(told.has(id), `${round}: ${id} was answered as published`).toBe(true)
      counts.published = told.size

      const medias = await db.query<{ id: number; state: string; token: string; parts: Part[] }>(
        'select m.id, f.state, f.token, f.parts from media m join file f on f.id = m.file_id where m.owner_id = $1',
        [fay.id],
      )
      const there = new Set(medias.map(({ id }) => id))
      for (const id of uploaded) expect(there.has(id), `${round}: ${id} was answered as uploaded`).toBe(true)
      const lying = await filesIn(dataDir)
      for (const { state, token, parts } of medias) {
        expect(state, round).toBe('kept')
        for (const { name } of parts) expect(lying, round).toContain(keyOf(token, name))
      }
    },
    /** Two days later nothing lies there that nothing shows. */
    async clean() {
      const later = { now: () => new Date(Date.now() + 2 * 86_400_000) }
      const files = openFiles({ dataDir, storage: undefined, fetchAllow: '' } as never)
      await endUploads({ db, files, clock: later } as unknown as Kith)
      await deleteGoneFiles({ db, files, clock: later } as unknown as Kith)
      await sweepUploads({ files, clock: later })
      const kept = await db.query<{ token: string; parts: Part[] }>(
        `select token, parts from file where state = 'kept'`,
      )
      const keys = kept.flatMap(({ token, parts }) => parts.map(({ name }) => keyOf(token, name)))
      expect((await filesIn(dataDir)).sort()).toEqual(keys.sort())
    },
    close: () => other.close(),
  }
}

/** All that lies in the storage, by its keys. */
async function filesIn(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, 'files')
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.flatMap((each) => (each.isFile() ? [join(each.parentPath, each.name).slice(folder.length + 1)] : []))
}
