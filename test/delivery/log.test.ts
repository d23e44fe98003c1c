import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ownerOf } from '../../src/delivery/lanes/lease.ts'
import { emitRows } from '../../src/platform/events/emit.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { often, within } from '../support/soak.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
const open: (Inbox | Delivering)[] = []

beforeAll(async () => {
  world = await createWorld()
})
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await ('stop' in each ? each.stop() : each.close())
  const { body } = await world.admin.get('/webhook/endpoint/?limit=100')
  for (const { id } of body.results) await world.admin.delete(`/webhook/endpoint/${id}/`)
})
afterAll(() => world.end())

const inbox = async (...given: Parameters<typeof openInbox>) => {
  const opened = await openInbox(...given)
  open.push(opened)
  return opened
}
const engine = async (...given: Parameters<typeof deliver> extends [World, ...infer Rest] ? Rest : never) => {
  const started = await deliver(world, ...given)
  open.push(started)
  return started
}

async function subscribe(target: string, types: string[]): Promise<number> {
  const events = types.map((type) => ({ type }))
  const { status, body, text } = await world.admin.post('/webhook/endpoint/', { target, events })
  expect(status, text).toBe(201)
  return body.id
}

const tellText = emitRows('now()', 'select unnest($1::text[]) as type, $2::text as data')

/** Tells events in a transaction of their own, which takes a while, and may be undone. */
async function tell(types: string[], { wait = 0, undo = false } = {}): Promise<number[]> {
  let ids: number[] = []
  await world.db
    .transaction(async (tx) => {
      const [before] = await tx.query<{ id: number }>('select pg_current_xact_id()::text::bigint as id')
      await tx.query(tellText, [types, '{"of":"a test"}'])
      const rows = await tx.query<{ id: number }>('select id from event where txid = $1::text::xid8 order by id', [
        before?.id,
      ])
      ids = rows.map(({ id }) => id)
      await sleep(wait)
      if (undo) throw new Error('undone')
    })
    .catch((error) => {
      if (error.message !== 'undone') throw error
    })
  return ids
}

describe('the log is delivered', () => {
  test('in order, each event once, to whoever was subscribed when it was told', async () => {
    await engine()
    const [all, some] = [await inbox(), await inbox()]
    await subscribe(all.url, ['post.created', 'post.updated', 'post.deleted'])
    const before = await tell(['post.updated'])
    await subscribe(some.url, ['post.updated'])
    const after = [...(await tell(['post.created', 'post.updated'])), ...(await tell(['post.updated', 'post.deleted']))]
    await all.gets(5)
    await some.gets(2)
    expect(all.ids()).toEqual([...before, ...after])
    expect(some.types()).toEqual(['post.updated', 'post.updated'])
  })

  test('as soon as it is committed, not with the next look at the log', async () => {
    await engine({ poll: 3_600_000 })
    const alone = await inbox()
    await subscribe(alone.url, ['post.created'])
    for (let n = 1; n <= 5; n++) {
      await tell(['post.created'])
      await alone.gets(n)
    }
  })

  test('without waiting for a change that is still open, which follows when it is committed', async () => {
    await engine()
    const alone = await inbox()
    await subscribe(alone.url, ['post.created', 'post.updated'])
    const slow = tell(['post.created'], { wait: 700 })
    await sleep(50)
    const quick = await tell(['post.updated'])
    await alone.gets(1)
    expect(alone.ids()).toEqual(quick)
    await alone.gets(2)
    expect(alone.ids()).toEqual([...quick, ...(await slow)])
  })

  test('without what was undone, which leaves no gap to wait for', async () => {
    const running = await engine()
    const alone = await inbox()
    const id = await subscribe(alone.url, ['post.created'])
    await tell(['post.created', 'post.created'], { undo: true })
    const ids = await tell(['post.created'])
    await alone.gets(1)
    expect(alone.ids()).toEqual(ids)
    await sleep(200)
    await running.stop()
    open.splice(open.indexOf(running), 1)
    const [lane] = await world.db.query('select position, holes::text from webhook_lane where endpoint_id = $1', [id])
    expect(lane).toEqual({ position: ids[0], holes: '{}' })
  })

  test('again, where its lane has passed on before the outcome is written', async () => {
    await engine()
    let answer = () => {}
    const alone = await inbox((_request, response) => {
      const taken = () => void response.writeHead(204).end()
      if (alone.received.length === 1) answer = taken
      else taken()
    })
    const id = await subscribe(alone.url, ['post.created'])
    const [event] = await tell(['post.created'])
    await alone.gets(1)
    await world.db.query('update webhook_lane set epoch = epoch + 1 where endpoint_id = $1', [id])
    answer()
    await alone.gets(2)
    expect(alone.ids()).toEqual([event, event])
    const attempts = 'select count(*)::int as n from webhook_attempt where endpoint_id = $1'
    await expect.poll(() => world.db.query(attempts, [id])).toEqual([{ n: 1 }])
  })

  test('though nobody was there to deliver it when it was told', async () => {
    const alone = await inbox()
    await subscribe(alone.url, ['post.created'])
    const ids = [...(await tell(['post.created', 'post.updated'])), ...(await tell(['post.created']))]
    await engine()
    await alone.gets(2)
    expect(alone.ids()).toEqual([ids[0], ids[2]])
  })

  test('to one that is far behind, from the log, while new events come', async () => {
    const alone = await inbox()
    await subscribe(alone.url, ['post.created'])
    const told: number[] = []
    for (let i = 0; i < 20; i++) told.push(...(await tell(Array(100).fill('post.created'))))
    await engine()
    const more = (async () => {
      for (let i = 0; i < 30; i++) {
        told.push(...(await tell(['post.created', 'post.created'])))
        await sleep(5)
      }
    })()
    await more
    await alone.gets(2_060, 20_000)
    expect([...new Set(alone.ids())].sort((a, b) => a - b)).toEqual(told.sort((a, b) => a - b))
  })

  test(
    "across ten million ids that are nobody's, at no cost in memory, by those that follow and those far behind",
    async () => {
      const [follows, behind] = [await inbox(), await inbox()]
      await subscribe(follows.url, ['post.created'])
      const id = await subscribe(behind.url, ['post.created'])
      await world.admin.patch(`/webhook/endpoint/${id}/delivery/`, { rate_limit: 80 })
      const skip = () => world.db.query(`select setval('event_id', (select last_value from event_id) + 10000000)`)
      const ids = [...(await tell(Array(300).fill('post.created')))]
      const running = await engine()
      await follows.gets(300, 10_000)
      const before = process.memoryUsage().rss
      // Committed when those that follow have long seen what lies behind the gap it is in the middle of.
      const late = tell(['post.created'], { wait: 1_500 })
      await sleep(100)
      await skip()
      ids.push(...(await tell(['post.created'])))
      await follows.gets(301)
      expect(follows.ids().at(-1)).toBe(ids.at(-1))
      await skip()
      ids.push(...(await tell(['post.created', 'post.created'])))
      ids.push(...(await late))
      await follows.gets(304)
      await behind.gets(304, 20_000)
      for (const each of [follows, behind]) expect(each.ids().sort((a, b) => a - b)).toEqual(ids.sort((a, b) => a - b))
      expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
      await running.stop()
      open.splice(open.indexOf(running), 1)
      const lanes = await world.db.query('select holes::text from webhook_lane where position = $1', [ids.at(-1)])
      expect(lanes).toEqual([{ holes: '{}' }, { holes: '{}' }])

      // Who was not there then crosses it as well.
      await world.db.query(`update webhook_lane set position = $1 where endpoint_id = $2`, [ids[298], id])
      await world.db.query(`update webhook_tail set position = $1`, [ids[298]])
      await engine()
      await behind.gets(309)
      expect(behind.ids().slice(304)).toEqual(ids.slice(299))
    },
    within(60_000),
  )

  test(
    'to many that are far behind, exactly once, whatever is late or undone among it',
    async () => {
      const types = ['post.created', 'post.updated', 'post.deleted']
      const inboxes = await Promise.all(Array.from({ length: 9 }, () => inbox()))
      for (const [i, each] of inboxes.entries()) await subscribe(each.url, i % 3 ? [types[i % 3] as string] : types)
      const committed: { id: number; type: string }[] = []
      const some = (n: number) => Array.from({ length: n }, () => types[randomInt(3)] as string)
      const telling = async (n: number, options: { wait?: number; undo?: boolean } = {}) => {
        const told = some(n)
        const ids = await tell(told, options)
        if (!options.undo) ids.forEach((id, i) => void committed.push({ id, type: told[i] as string }))
      }
      // Ids of these lie all over the backlog, and are committed when the receivers are in the middle of it.
      const open = Array.from({ length: 12 }, async (_, i) => {
        await sleep(i * often(40))
        await telling(1 + randomInt(4), { wait: often(1_200) + randomInt(often(1_500)), undo: i % 4 === 0 })
      })
      for (let i = 0; i < often(24); i++) {
        await telling(150)
        await telling(randomInt(5), { undo: true })
      }
      await engine()
      const more = Array.from({ length: 4 }, async () => {
        for (let i = 0; i < often(25); i++)
          await telling(1 + randomInt(20), { wait: randomInt(30), undo: randomInt(6) === 0 })
      })
      await Promise.all([...open, ...more])
      for (const [i, each] of inboxes.entries()) {
        const mine = committed.filter(({ type }) => i % 3 === 0 || type === types[i % 3]).map(({ id }) => id)
        await expect.poll(() => each.ids().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(mine.length)
        expect(each.ids().sort((a, b) => a - b)).toEqual(mine.sort((a, b) => a - b))
      }
      expect(committed.length).toBeGreaterThan(150 * often(24))
    },
    within(40_000),
  )

  test('exactly once, and each attempt logged, while others write to the rows of its lanes', async () => {
    const inboxes = await Promise.all([inbox(), inbox(), inbox()])
    const ids: number[] = []
    for (const each of inboxes) ids.push(await subscribe(each.url, ['post.created']))
    await engine()
    await tell(['post.created'])
    for (const each of inboxes) await each.gets(1)
    const lanesText = 'select endpoint_id, epoch, attempts from webhook_lane where endpoint_id = any($1) order by 1'
    const before = await world.db.query<{ epoch: number }>(lanesText, [ids])
    let over = false
    // As the dropping of old days does, but without a break.
    const writing = (async () => {
      while (!over)
        await world.db.transaction(async (tx) => {
          await tx.query('update webhook_lane set attempts = attempts where endpoint_id = any($1)', [ids])
          await sleep(randomInt(20))
        })
    })()
    for (let i = 0; i < 60; i++) {
      await tell(['post.created', 'post.created'])
      await sleep(randomInt(25))
    }
    for (const each of inboxes) await each.gets(121)
    const rows = () => world.db.query<{ epoch: number; attempts: number }>(lanesText, [ids])
    const attempted = async () => (await rows()).map(({ attempts }) => attempts)
    await expect.poll(attempted, { timeout: 10_000 }).toEqual([121, 121, 121])
    over = true
    await writing
    expect((await rows()).map(({ epoch }) => epoch)).toEqual(before.map(({ epoch }) => epoch))
    for (const each of inboxes) expect(new Set(each.ids()).size).toBe(each.ids().length)
  })

  test(
    'exactly once, whatever is open, undone, late or handed over meanwhile',
    async () => {
      const types = ['post.created', 'post.updated', 'post.deleted', 'post.restored']
      // Slow receivers, so that something is always under way.
      const slowly = (_request: unknown, response: { end(): void }) => setTimeout(() => response.end(), randomInt(30))
      const inboxes = await Promise.all([inbox(slowly), inbox(slowly), inbox(), inbox(slowly)])
      const wanted = inboxes.map((_, i) => types.slice(0, i + 1))
      for (const [i, each] of inboxes.entries()) await subscribe(each.url, wanted[i] as string[])
      const first = await engine()
      const committed: { id: number; type: string }[] = []
      let telling = true
      const tellers = Array.from({ length: 6 }, async () => {
        while (telling) {
          const some = Array.from({ length: 1 + randomInt(3) }, () => types[randomInt(4)] as string)
          const undo = randomInt(5) === 0
          const ids = await tell(some, { wait: randomInt(10) ? randomInt(8) : 200, undo })
          if (!undo) ids.forEach((id, i) => void committed.push({ id, type: some[i] as string }))
        }
      })
      /** Waits until every lane is with the node that is to drive it, and so much more was told. */
      const until = async (nodes: Delivering[], more = often(300)) => {
        const told = committed.length + more
        const astray = async () => {
          const rows = await world.db.query<{ id: number; owner: string | null }>(
            'select endpoint_id as id, owner from webhook_lane',
          )
          const ids = nodes.map(({ node }) => node)
          return rows.filter(({ id, owner }) => owner !== ownerOf(id, ids))
        }
        await expect.poll(astray, { timeout: 10_000 }).toEqual([])
        await expect.poll(() => committed.length, { timeout: 10_000 }).toBeGreaterThan(told)
      }
      await until([first])
      const second = await engine()
      await until([first, second])
      await first.stop()
      open.splice(open.indexOf(first), 1)
      const third = await engine()
      await until([second, third])
      await second.stop()
      open.splice(open.indexOf(second), 1)
      await until([third], often(400))
      telling = false
      await Promise.all(tellers)
      for (const [i, each] of inboxes.entries()) {
        const mine = committed.filter(({ type }) => wanted[i]?.includes(type)).map(({ id }) => id)
        await expect.poll(() => each.ids().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(mine.length)
        await sleep(100)
        expect(each.ids().sort((a, b) => a - b)).toEqual(mine.sort((a, b) => a - b))
      }
      expect(committed.length).toBeGreaterThan(often(500))
      expect(third.log.filter((line) => line.startsWith('error'))).toEqual([])
      const attempts = await world.db.query<{ n: number; kept: number }>(
        `select (select count(*)::int from webhook_attempt a where a.endpoint_id = l.endpoint_id) as n, attempts as kept
       from webhook_lane l`,
      )
      for (const { n, kept } of attempts) expect(kept).toBe(n)
    },
    within(40_000),
  )
})
