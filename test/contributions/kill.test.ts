import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFailed, test } from 'vitest'
import { createTokens } from '../../src/auth/token.ts'
import { findDrift } from '../../src/connections/recount.ts'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/db/database.ts'
import { call, dice, secret, settled, startServer } from '../../torture/storm.ts'
import { often, seedOr, times } from '../support/soak.ts'
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

const seed = seedOr(1_414_213)

type Done = { act: Act; status: number | null; id?: number }

test(
  'a Kith killed among publishing and voting has done what it answered, and nothing by half',
  async () => {
    onTestFailed(() => console.error(`It failed with SEED=${seed}`))
    const database = await freshDatabase()
    const dataDir = await mkdtemp(join(tmpdir(), 'kith-storm-'))
    const db = openDatabase({ ...database.connection, size: 2 }, () => {})
    const tokens = createTokens(secret, systemClock)
    let server = await startServer(dataDir, database.url)
    try {
      const roll = dice(seed)
      const calm = new Agent({ keepAlive: false })
      const admin = await tokens.mint(1, 86_400)
      const people: { id: number; token: string }[] = []
      for (const username of ['alice', 'bob', 'carla', 'dan', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy']) {
        const { status, body } = await call(calm, `${server.base}/api/v2/sso/signup/`, 'POST', admin, { username })
        expect(status).toBe(201)
        people.push({ id: body.id as number, token: await tokens.mint(body.id as number, 86_400) })
      }
      const ids = people.map(({ id }) => id)
      const lots = { create: 8, update: 8, delete: 8, restore: 8, follow: 20, suspend: 8, vote: 26, flag: 8, hide: 8 }
      const draw = startDrawing(seed, ids, { ...lots, 'hide member': 3 })
      const community: Community = { here: new Set(ids), hides: new Set(), things: new Map(), comments: new Map() }
      const replay = startReplay()
      let heardUpTo = 0
      const summed = { done: 0, unanswered: 0, there: 0, events: 0 }

      // Storms they are to be: much is done, and much is cut off in flight. A slow machine needs more of them.
      const enough = () => summed.done > often(150) && summed.events > often(100) && summed.unanswered > often(10)
      for (let round = 0; round < often(4) || (!enough() && round < 12 * times); round++) {
        const made: { id: number; kind: Kind; author: number }[] = known(community)
        // Each member does one thing after the other: only the last of them can be unanswered.
        const histories = await Promise.all([
          ...people.map(async ({ id: by, token }) => {
            const agent = new Agent({ keepAlive: true, maxSockets: 1 })
            const history: Done[] = []
            for (;;) {
              const act = draw(made, by)
              const { method, path, body } = wire(act)
              const done: Done = { act, status: null }
              history.push(done)
              try {
                const answer = await call(agent, `${server.base}/api/v2${path}`, method, token, body)
                done.status = answer.status
                done.id = answer.body.id
                if (act.does === 'create' && answer.status === 201)
                  made.push({ id: answer.body.id as number, kind: act.kind, author: by })
              } catch {
                agent.destroy()
                return history
              }
            }
          }),
          sleep(400 + roll() * 600).then(() => {
            server.process.kill('SIGKILL')
            return [] as Done[]
          }),
        ])
        await server.ended
        expect(server.log, 'what was logged as gone wrong').toEqual([])
        await settled(db)
        server = await startServer(dataDir, database.url)

        expect(await findContributionDrift(db), `round ${round}`).toEqual([])
        expect(await findDrift(db), `round ${round}`).toEqual([])
        const rows = await readRows(db)
        const pairs = await db.query<{ pair: string }>(
          `select member_id || ' ' || other_id as pair from relation where hidden_place is not null`,
        )
        const hides = new Set(pairs.map(({ pair }) => pair))
        const tells: string[] = []
        const create = (id: number, { kind, by, text }: Extract<Act, { does: 'create' }>) => {
          community.things.set(id, published(kind, by, text))
          tells.push(`${kind}.created ${id}`)
        }

        // What was answered is done; what members do does not touch what other members did.
        const all = histories.flat()
        for (const { act, status, id } of all) {
          expect(status ?? 0, JSON.stringify(act)).toBeLessThan(500)
          if (act.does === 'create' && status === 201) create(id as number, act)
        }
        for (const { act, status } of all)
          if (act.does !== 'create' && status !== null && status < 300) tells.push(...change(community, act))
        summed.done += all.filter(({ status }) => status !== null && status < 300).length

        // What was not answered is there wholly, or not at all.
        for (const { act, status } of all) {
          if (status !== null) continue
          summed.unanswered++
          if (act.does === 'create') {
            const [id, ...more] = [...rows].flatMap(([id, row]) =>
              row.author === act.by && !community.things.has(id) ? [id] : [],
            )
            expect(more).toEqual([])
            if (id !== undefined) create(id, act)
            summed.there += id === undefined ? 0 : 1
            continue
          }
          const isThere =
            act.does === 'hide member'
              ? hides.has(`${act.by} ${act.to}`) !== community.hides.has(`${act.by} ${act.to}`)
              : 'on' in act && community.things.has(act.on) && differs(act, community, rows)
          if (isThere) tells.push(...change(community, act))
          summed.there += isThere ? 1 : 0
        }
        expect(rows, `round ${round}`).toEqual(asRows(community))
        expect(hides, `round ${round}`).toEqual(community.hides)

        const events = await db.query<{ id: number; body: Told }>(
          'select id, body from event where id > $1 order by id',
          [heardUpTo],
        )
        heardUpTo = events.at(-1)?.id ?? heardUpTo
        const told = events.map(({ body }) => body).filter(({ type }) => /^(status|post|discussion|vote)\./.test(type))
        expect(told.map(brief).sort(), `round ${round}`).toEqual(tells.sort())
        for (const event of told) replay.hear(event)
        summed.events += told.length
      }
      if (process.env.SHOW) console.log(summed)
      expect(enough(), JSON.stringify(summed)).toBe(true)
    } finally {
      server.process.kill('SIGKILL')
      await server.ended
      await db.close()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    }
  },
  60_000 * times,
)

/** Whether the one thing an act changes is otherwise than what was answered says. */
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
  if (act.does === 'update') return row.text !== wanted.text
  if (act.does === 'delete' || act.does === 'restore') return row.deleted !== wanted.deleted
  const marks = { follow: 'follows', suspend: 'suspends', vote: 'votes', flag: 'flags', hide: 'hidden' } as const
  return mine(row[marks[act.does]]) !== mine(wanted[marks[act.does]])
}
