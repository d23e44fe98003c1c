import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFailed, test } from 'vitest'
import { createTokens } from '../../src/auth/token.ts'
import { findCommentDrift } from '../../src/comments/recount.ts'
import { findDrift } from '../../src/connections/recount.ts'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { findAddressedDrift } from '../../src/contributions/recount-addressed.ts'
import { findReactionDrift } from '../../src/marks/recount.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Db, openDatabase } from '../../src/platform/db/database.ts'
import { call, dice, secret, settled, startServer } from '../../torture/storm.ts'
import { often, seedOr, times, within } from '../support/soak.ts'
import { freshDatabase, type Told } from '../support/world.ts'
import {
  type Act,
  asRow,
  asRows,
  brief,
  type Community,
  change,
  type Kind,
  known,
  published,
  readRows,
  startDrawing,
  startReplay,
  wire,
} from './model.ts'
import { startOthers } from './others.ts'

const seed = seedOr(1_414_213)

type Done = { act: Act; status: number | null; id?: number }

test(
  'a Kith killed among publishing, commenting, voting, polls, drafts and uploads has done what it answered, and nothing by half',
  async () => {
    onTestFailed(() => console.error(`It failed with SEED=${seed}`))
    const database = await freshDatabase()
    const dataDir = await mkdtemp(join(tmpdir(), 'kith-storm-'))
    const db = openDatabase({ ...database.connection, size: 2 }, () => {})
    const tokens = createTokens(secret, systemClock)
    let server = await startServer(dataDir, database.url)
    let others: Awaited<ReturnType<typeof startOthers>> | undefined
    try {
      const roll = dice(seed)
      const calm = new Agent({ keepAlive: false })
      const admin = await tokens.mint(1, 86_400)
      const options = { polls_enabled: true, scheduled_posts_enabled: true }
      expect((await call(calm, `${server.base}/api/v2/dynamic_preference/`, 'PATCH', admin, options)).status).toBe(200)
      const enrol = async (username: string) => {
        const { status, body } = await call(calm, `${server.base}/api/v2/sso/signup/`, 'POST', admin, { username })
        expect(status).toBe(201)
        return { id: body.id as number, token: await tokens.mint(body.id as number, 86_400) }
      }
      const people: { id: number; token: string }[] = []
      for (const username of ['alice', 'bob', 'carla', 'dan', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'])
        people.push(await enrol(username))
      others = await startOthers({
        ...{ db, dataDir, roll, connection: database.connection, base: () => server.base },
        ...{ paula: await enrol('paula'), dora: await enrol('dora'), fay: await enrol('fay') },
        voters: [await enrol('vera'), await enrol('victor')],
      })
      const { act: othersAct, check: checkOthers, ids: otherIds, counts } = others
      const ids = people.map(({ id }) => id)
      const lots = { create: 8, update: 8, delete: 8, restore: 8, follow: 16, suspend: 8, vote: 20, flag: 8, hide: 8 }
      const said = { comment: 20, 'delete comment': 8, 'restore comment': 8, 'vote comment': 12 }
      const tags: number[] = []
      for (const name of ['Regulars', 'Cooks']) {
        const made = await call(calm, `${server.base}/api/v2/tag/`, 'POST', admin, { type: 'user', name })
        for (const user of ids)
          await call(calm, `${server.base}/api/v2/tag/${made.body.id}/add/`, 'POST', admin, { user })
        tags.push(made.body.id as number)
      }
      const draw = startDrawing(seed, ids, { ...lots, ...said, 'hide member': 3 }, tags)
      const community: Community = {
        ...{ here: new Set(ids), hides: new Set(), things: new Map(), comments: new Map() },
        circles: new Map(tags.map((tag) => [tag, { active: true, deleted: false, has: new Set(ids) }])),
      }
      const replay = startReplay()
      let heardUpTo = 0
      const summed = { done: 0, unanswered: 0, there: 0, events: 0 }

      // Storms they are to be: much is done, and much is cut off in flight. A slow machine needs more of them.
      const fewest = () => Math.min(counts.votes, counts.published, counts.files)
      const enough = () =>
        summed.done > often(150) && summed.events > often(100) && summed.unanswered > often(10) && fewest() >= often(10)
      for (let round = 0; round < Math.max(2, often(4)) || (!enough() && round < 12 * times); round++) {
        if (round > 0) server = await startServer(dataDir, database.url)
        const made: { id: number; kind: Kind; author: number }[] = known(community)
        const saids = [...community.comments].map(([id, { on, author }]) => ({ id, on, author }))
        // It is killed when so much was answered, however long that takes where others are at work, too.
        const storm = Promise.withResolvers<void>()
        let left = 40 + Math.floor(roll() * 80)
        // Each member does one thing after the other: only the last of them can be unanswered.
        const histories = await Promise.all([
          ...people.map(async ({ id: by, token }) => {
            const agent = new Agent({ keepAlive: true, maxSockets: 1 })
            const history: Done[] = []
            for (;;) {
              const act = draw(made, by, saids)
              const { method, path, body } = wire(act)
              const done: Done = { act, status: null }
              history.push(done)
              try {
                const answer = await call(agent, `${server.base}/api/v2${path}`, method, token, body)
                done.status = answer.status
                if (--left === 0) storm.resolve()
                done.id = answer.body.id
                if (act.does === 'create' && answer.status === 201)
                  made.push({ id: answer.body.id as number, kind: act.kind, author: by })
                if (act.does === 'comment' && answer.status === 201)
                  saids.push({ id: answer.body.id as number, on: act.on, author: by })
              } catch {
                agent.destroy()
                return history
              }
            }
          }),
          Promise.race([storm.promise, sleep(15_000, null, { ref: false })]).then(() => {
            server.process.kill('SIGKILL')
            return [] as Done[]
          }),
          othersAct().then(() => [] as Done[]),
        ])
        await server.ended
        expect(server.log, 'what was logged as gone wrong').toEqual([])
        await settled(db)
        await checkOthers(`round ${round}`)
        for (const find of [findContributionDrift, findAddressedDrift, findCommentDrift, findReactionDrift])
          expect(await find(db), `round ${round}`).toEqual([])
        expect(await findDrift(db), `round ${round}`).toEqual([])
        const written = await readRows(db)
        const [rows, comments] = [
          new Map([...written].filter(([, { author }]) => !otherIds.has(author))),
          await readComments(db),
        ]
        const pairs = await db.query<{ pair: string }>(
          `select member_id || ' ' || other_id as pair from relation where hidden_place is not null`,
        )
        const hides = new Set(pairs.map(({ pair }) => pair))
        const tells: string[] = []
        const create = (id: number, { kind, by, text, to }: Extract<Act, { does: 'create' }>) => {
          community.things.set(id, published(kind, by, text, to))
          tells.push(`${kind}.created ${id}`)
        }
        const say = (id: number, { by, on, parent }: Extract<Act, { does: 'comment' }>) => {
          community.comments.set(id, { on, author: by, parent, deleted: false, votes: new Map() })
          tells.push(`comment.created ${id}`)
        }

        // What was answered is done; what members do does not touch what other members did.
        const all = histories.flat()
        for (const { act, status, id } of all) {
          expect(status ?? 0, JSON.stringify(act)).toBeLessThan(500)
          if (act.does === 'create' && status === 201) create(id as number, act)
          if (act.does === 'comment' && status === 201) say(id as number, act)
        }
        for (const { act, status } of all)
          if (!makes(act) && status !== null && status < 300) tells.push(...change(community, act))
        summed.done += all.filter(({ status }) => status !== null && status < 300).length

        // What was not answered is there wholly, or not at all.
        for (const { act, status } of all) {
          if (status !== null) continue
          summed.unanswered++
          if (makes(act)) {
            const [there, known] = act.does === 'create' ? [rows, community.things] : [comments, community.comments]
            const [id, ...more] = [...there].flatMap(([id, row]) =>
              row.author === act.by && !known.has(id) ? [id] : [],
            )
            expect(more).toEqual([])
            if (id !== undefined && act.does === 'create') create(id, act)
            else if (id !== undefined && act.does === 'comment') say(id, act)
            summed.there += id === undefined ? 0 : 1
            continue
          }
          const isThere =
            act.does === 'hide member'
              ? hides.has(`${act.by} ${act.to}`) !== community.hides.has(`${act.by} ${act.to}`)
              : 'comment' in act
                ? saidOtherwise(act, community, comments)
                : 'on' in act && community.things.has(act.on) && differs(act, community, rows)
          if (isThere) tells.push(...change(community, act))
          summed.there += isThere ? 1 : 0
        }
        expect(rows, `round ${round}`).toEqual(asRows(community))
        expect(comments, `round ${round}`).toEqual(community.comments)
        expect(hides, `round ${round}`).toEqual(community.hides)

        const events = await db.query<{ id: number; body: Told }>(
          'select id, body from event where id > $1 order by id',
          [heardUpTo],
        )
        heardUpTo = events.at(-1)?.id ?? heardUpTo
        const told = events
          .map(({ body }) => body)
          .filter(
            ({ type, data }) => /^(status|post|discussion|comment|vote)\./.test(type) && !otherIds.has(authorOf(data)),
          )
        expect(told.map(brief).sort(), `round ${round}`).toEqual(tells.sort())
        for (const event of told) replay.hear(event)
        summed.events += told.length
      }
      if (process.env.SHOW) console.log(summed, counts)
      await others.clean()
      expect(enough(), JSON.stringify({ ...summed, ...counts })).toBe(true)
    } finally {
      server.process.kill('SIGKILL')
      await server.ended
      await others?.close()
      await db.close()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    }
  },
  within(60_000),
)

const authorOf = (data: object) => (data as { author?: { id: number } }).author?.id ?? 0

/** Whether an act makes something, which only its row says the id of. */
const makes = (act: Act): act is Extract<Act, { does: 'create' | 'comment' }> =>
  act.does === 'create' || act.does === 'comment'

/** The comments as the tables have them. */
async function readComments(db: Db): Promise<Community['comments']> {
  const rows = await db.query<{ id: number; on: number; author: number; parent: number | null; deleted: boolean }>(
    'select id, contribution_id as on, author_id as author, parent_id as parent, deleted from comment order by id',
  )
  const votes = await db.query<{ target_id: number; member_id: number; reaction: number }>(
    'select target_id, member_id, reaction from mark where kind = 16 and reaction is not null',
  )
  const of = Map.groupBy(votes, (vote) => vote.target_id)
  return new Map(
    rows.map(({ id, ...said }) => [
      id,
      { ...said, votes: new Map((of.get(id) ?? []).map(({ member_id, reaction }) => [member_id, reaction])) },
    ]),
  )
}

/** Whether what an act on a comment changes is otherwise than what was answered says. */
function saidOtherwise(
  act: Extract<Act, { comment: number }>,
  { comments }: Community,
  rows: Community['comments'],
): boolean {
  const [row, said] = [rows.get(act.comment), comments.get(act.comment)]
  if (!row || !said) return false
  if (act.does === 'vote comment') return row.votes.get(act.by) !== said.votes.get(act.by)
  return row.author === act.by && row.deleted !== said.deleted
}

/**
 * Whether an act was done: the one thing it changes is otherwise than what was answered says. What only the author
 * changes is never laid to another, who may have been cut off at the same moment.
 */
function differs(
  act: Extract<Act, { on: number }>,
  { things }: Community,
  rows: Awaited<ReturnType<typeof readRows>>,
): boolean {
  const [row, thing] = [rows.get(act.on), things.get(act.on)]
  if (!row || !thing || act.does === 'comment') return false
  const wanted = asRow(thing)
  const mine = (marks: readonly (number | [number, number])[]) =>
    JSON.stringify(marks.filter((mark) => (typeof mark === 'number' ? mark : mark[0]) === act.by))
  if (act.does === 'update' || act.does === 'delete' || act.does === 'restore') {
    if (row.author !== act.by) return false
    if (act.does === 'update') return row.text !== wanted.text || String(row.to) !== String(wanted.to)
    return row.deleted !== wanted.deleted
  }
  const marks = { follow: 'follows', suspend: 'suspends', vote: 'votes', flag: 'flags', hide: 'hidden' } as const
  return mine(row[marks[act.does]]) !== mine(wanted[marks[act.does]])
}
