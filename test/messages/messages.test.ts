import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { purgeThreads } from '../../src/messages/clear.ts'
import { ownMessages } from '../../src/messages/own.ts'
import { findMessageDrift } from '../../src/messages/recount.ts'
import { ok } from '../support/ok.ts'
import { type Answer, createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
  await world.set({ private_messages_enabled: true })
})
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
  await connect(alice, bob)
})
afterAll(async () => {
  expect(await findMessageDrift(world.db)).toEqual([])
  // Nothing of all this is told to anybody.
  const told = await world.db.query(`select 1 from event where body::text ilike '%secret tea%'`)
  expect(told).toEqual([])
  expect(world.log.filter((line) => line.includes('ecret tea'))).toEqual([])
  await world.end()
})

async function connect(one: Person, other: Person): Promise<void> {
  await ok(one.post(`/user/${other.id}/connection/request/`))
  await ok(other.post(`/user/${one.id}/connection/accept/`))
  await world.told()
}

const write = async (from: Person, to: Person, message: string): Promise<{ id: number; thread_id: number }> =>
  (await ok(from.post('/pm/', { recipients: [to.id], message }))).body[0]

const read = async (who: Person, other: Person, query = '') => (await ok(who.get(`/pm/?user=${other.id}${query}`))).body

const texts = (page: { results: { message: string }[] }) =>
  page.results.map(({ message }) => message.replace(/^<p>|<\/p>$/g, ''))

const said = ({ status, body }: Answer) => [status, body?.errors?.[0]?.code ?? body?.errors?.[0]?.messages[0].code]

describe('two who write to each other', () => {
  test('have a thread each, read from its end, with what is new', async () => {
    const sent = await ok(alice.post('/pm/', { recipients: [bob.id], message: '<p>Secret tea <b>today</b>?</p>' }))
    expect(sent.status).toBe(201)
    expect(sent.body).toMatchObject([
      {
        message: '<p>Secret tea <strong>today</strong>?</p>',
        status: 'created',
        group: null,
        file: null,
        sender: { id: alice.id, username: alice.username, connection_status: null },
        receiver: { id: bob.id, connection_status: 'connected' },
      },
    ])
    const [{ thread_id }] = sent.body
    expect((await ok(bob.get('/pm/'))).body).toMatchObject({
      count: 1,
      next: null,
      results: [
        {
          id: thread_id,
          headline: 'Secret tea today?',
          thread_status: 'new',
          group: null,
          sender: { id: alice.id },
          receiver: { id: bob.id },
        },
      ],
    })
    expect((await ok(alice.get('/pm/'))).body.results[0]).toMatchObject({ thread_status: 'created' })
    expect((await read(bob, alice)).results).toMatchObject([
      { status: 'new', sender: { connection_status: 'connected' } },
    ])
    // It is read now.
    expect((await read(bob, alice)).results).toMatchObject([{ status: 'created' }])
    expect((await ok(bob.get('/pm/'))).body.results[0].thread_status).toBe('created')

    await write(bob, alice, 'Yes')
    expect(texts(await read(alice, bob))).toEqual(['Secret tea <strong>today</strong>?', 'Yes'])
    expect((await ok(alice.get(`/pm/?thread=${thread_id}`))).body.count).toBe(2)
    expect(await world.told()).toEqual([])
  })

  test('walk a long thread as the official client does, by `next` and `before_message`', async () => {
    const ids: number[] = []
    for (let n = 1; n <= 7; n++) ids.push((await write(n % 2 ? alice : bob, n % 2 ? bob : alice, `${n}`)).id)
    const last = await read(alice, bob, '&limit=3')
    expect([last.count, texts(last)]).toEqual([7, ['5', '6', '7']])
    // It drops the offset, keeps the rest, and adds the first message that it shows.
    const older = new URL(last.next)
    older.searchParams.delete('offset')
    older.searchParams.set('before_message', String(last.results[0].id))
    const page = (await ok(alice.get(older.href))).body
    expect(texts(page)).toEqual(['2', '3', '4'])
    expect(new URL(page.next).searchParams.has('before_message')).toBe(false)
    expect(texts((await ok(alice.get(page.next))).body)).toEqual(['1'])
    expect((await walk(alice, `/pm/?user=${bob.id}&limit=2`)).results.map(({ id }) => id)).toEqual(
      [6, 7, 4, 5, 2, 3, 1].map((n) => ids[n - 1]),
    )
    expect(texts(await read(alice, bob, `&before_message=${ids[3]}&from_message=${ids[1]}`))).toEqual(['2', '3'])
    expect(said(await alice.get('/pm/?before_message=1'))).toEqual([400, 'invalid'])
  })

  test('find every message of a thread whose pages end early, because they weigh too much', async () => {
    const ids: number[] = []
    for (let n = 0; n < 12; n++) ids.push((await write(alice, bob, 'y'.repeat(95_000))).id)
    const pages: number[][] = []
    for (let next = `/pm/?user=${alice.id}`; next; ) {
      const { body } = await ok(bob.get(next))
      pages.push(body.results.map(({ id }: { id: number }) => id))
      next = body.next
    }
    expect(pages.length).toBe(2)
    expect(pages.toReversed().flat()).toEqual(ids)
  })

  test('have their threads in the order they were written in last', async () => {
    await connect(alice, carla)
    await write(alice, bob, 'one')
    await write(alice, carla, 'two')
    expect((await ok(alice.get('/pm/?limit=1'))).body).toMatchObject({ count: 2, results: [{ headline: 'two' }] })
    await write(bob, alice, 'three')
    const { count, results } = await walk(alice, '/pm/?limit=1')
    expect([count, results]).toMatchObject([2, [{ headline: 'three' }, { headline: 'two' }]])
  })

  test('write in every script, and only what the editor makes is kept', async () => {
    const hebrew = 'שלום \u202eתה\u202c 👩‍👩‍👧 日本語 ไทย'
    await write(alice, bob, `<p onclick="x()">${hebrew}</p><script>alert(1)</script><img src=x onerror=alert(1)>`)
    const [{ message }] = (await read(bob, alice)).results
    expect(message).toContain('שלום')
    expect(message).toContain('日本語')
    expect(message).not.toMatch(/script|onerror|onclick/)
  })
})

describe('who may write to whom', () => {
  const may = async (who: Person, other: Person) => (await ok(who.get(`/user/${other.id}/`))).body.can_send_pm_to

  const tries = async (who: Person, other: Person) => {
    const { status } = await who.post('/pm/', { recipients: [other.id], message: 'Tea' })
    expect(status === 201, `${who.username} to ${other.username}`).toBe(await may(who, other))
    const { results } = (await ok(who.get(`/pm/search/?user=${other.username}`))).body
    expect(results.map(({ id }: Person) => id)).toEqual(status === 201 ? [other.id] : [])
    return status
  }

  test('is said by `can_send_pm_to` and the search, and is what the act does: connections, and whoever has a role', async () => {
    expect(await tries(alice, bob)).toBe(201)
    expect(await tries(alice, carla)).toBe(403)
    expect(await tries(world.admin, carla)).toBe(201)
    const publisher = await world.join(`press_${alice.id}`, { role: 'publisher' })
    expect(await tries(publisher, alice)).toBe(201)
    expect(await tries(alice, publisher)).toBe(403)
    expect(await may(alice, alice)).toBe(false)
  })

  test('is who is followed by them, in follow mode', async () => {
    await world.set({ follow_enabled: true })
    await ok(carla.post(`/user/${alice.id}/follow/`))
    expect([await tries(alice, carla), await tries(carla, alice), await tries(alice, bob)]).toEqual([201, 403, 403])
    await world.set({ follow_enabled: false, connection_enabled: false })
    expect(await tries(alice, bob)).toBe(403)
    await world.set({ connection_enabled: true })
    expect(await tries(alice, bob)).toBe(201)
    await world.told()
  })

  test('is nobody where messages are off; what was written stays readable', async () => {
    await write(alice, bob, 'Before')
    await world.set({ private_messages_enabled: false })
    expect(said(await alice.post('/pm/', { recipients: [bob.id], message: 'Tea' }))).toEqual([
      403,
      'private_messages_disabled',
    ])
    expect(await may(world.admin, bob)).toBe(false)
    expect(texts(await read(bob, alice))).toEqual(['Before'])
    await world.set({ private_messages_enabled: true })
  })

  test('is nobody for one who is blocked, who may read', async () => {
    await write(alice, bob, 'Before')
    await world.db.query(`update users set status = 'b' where id = $1`, [alice.id])
    world.kith.actors.forget(alice.id)
    expect((await alice.post('/pm/', { recipients: [bob.id], message: 'Tea' })).status).toBe(403)
    expect(await may(alice, bob)).toBe(false)
    expect(texts(await read(alice, bob))).toEqual(['Before'])
    // To write to them is not theirs to refuse.
    expect(await may(bob, alice)).toBe(true)
  })

  test('is told of each recipient before anything is sent', async () => {
    await connect(alice, carla)
    expect(said(await alice.post('/pm/', { recipients: [bob.id, 99_999], message: 'Tea' }))).toEqual([400, 'unknown'])
    expect(said(await alice.post('/pm/', { recipients: [bob.id, alice.id], message: 'Tea' }))).toEqual([400, 'invalid'])
    expect((await ok(bob.get('/pm/'))).body.count).toBe(0)
    const { body } = await ok(alice.post('/pm/', { recipients: [carla.id, bob.id, bob.id], message: 'Tea' }))
    expect(body.map((each: { receiver: Person }) => each.receiver.id)).toEqual(
      expect.arrayContaining([bob.id, carla.id]),
    )
    expect(body).toHaveLength(2)
  })

  test('and nothing at all is refused by name', async () => {
    const bad: [object, string][] = [
      [{ message: 'x' }, 'recipients'],
      [{ recipients: [], message: 'x' }, 'recipients'],
      [{ recipients: 'x', message: 'x' }, 'recipients'],
      [{ recipients: [bob.id] }, 'message'],
      [{ recipients: [bob.id], message: ' \u200b<p></p>' }, 'message'],
      [{ recipients: [bob.id], message: 'x'.repeat(100_001) }, 'message'],
      [{ recipients: [bob.id], message: { a: 1 } }, 'message'],
      [{ recipients: [bob.id], message: 'x', file_uuid: '../../x' }, 'file_uuid'],
      [{ recipients: [bob.id], file_uuid: 'b3b1c1de-89b7-4ddf-bb68-4b8d224ee3ae' }, 'file_uuid'],
      [{ recipients: [bob.id], group: 3, message: 'x' }, 'group'],
    ]
    for (const [body, field] of bad) {
      const answer = await alice.post('/pm/', body)
      expect([answer.status, answer.body.errors[0].field], JSON.stringify(body).slice(0, 80)).toEqual([400, field])
    }
    expect(said(await alice.get('/pm/?group=1'))).toEqual([400, 'not_supported'])
  })
})

describe('nobody else', () => {
  test('reads or deletes a message, whatever their role', async () => {
    const { id, thread_id } = await write(alice, bob, 'Secret tea')
    for (const who of [carla, world.admin]) {
      expect((await who.get(`/pm/${id}/`)).status).toBe(404)
      expect((await who.get(`/pm/?thread=${thread_id}`)).status).toBe(404)
      expect((await who.delete(`/pm/${id}/`)).status).toBe(404)
      expect((await who.delete(`/pm/?thread=${thread_id}`)).status).toBe(404)
      expect(texts(await read(who, alice))).toEqual([])
    }
    expect((await world.visitor.get(`/pm/${id}/`)).status).toBe(401)
    expect((await bob.delete(`/pm/${id}/`)).status).toBe(403)
    expect((await ok(bob.get(`/pm/${id}/`))).body).toMatchObject({ id, message: '<p>Secret tea</p>', status: 'new' })
  })

  test('of two of whom one hides the other writes or reads, until they are shown again', async () => {
    const { id } = await write(alice, bob, 'Before')
    await ok(alice.post(`/user/${bob.id}/hide/`))
    for (const [who, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect((await ok(who.get('/pm/'))).body).toMatchObject({ count: 0, results: [] })
      expect((await who.get(`/pm/?user=${other.id}`)).status).toBe(403)
      expect((await who.get(`/pm/${id}/`)).status).toBe(404)
      expect((await who.post('/pm/', { recipients: [other.id], message: 'x' })).status).toBe(403)
    }
    await ok(alice.post(`/user/${bob.id}/hide/`))
    expect((await ok(bob.get('/pm/'))).body.count).toBe(1)
    expect(texts(await read(bob, alice))).toEqual(['Before'])
    await world.told()
  })

  test('is written to who has left; the thread stays with the other', async () => {
    await write(bob, alice, 'Bye')
    await ok(bob.delete(`/user/${bob.id}/`))
    expect((await read(alice, bob)).results).toMatchObject([{ message: '<p>Bye</p>', sender: { deleted: true } }])
    expect(said(await alice.post('/pm/', { recipients: [bob.id], message: 'x' }))).toEqual([400, 'unknown'])
    await ok(world.admin.delete(`/user/${bob.id}/?hard=1`))
    expect((await alice.get(`/pm/?user=${bob.id}`)).status).toBe(404)
    expect((await ok(alice.get('/pm/'))).body).toMatchObject({ count: 0, results: [] })
    await world.told()
  })
})

test('what one has written and received is in one’s archive, and nothing that one has deleted', async () => {
  const take = async (who: Person) => {
    const found: Record<string, { html: string }[]> = {}
    for (const [name, rows] of Object.entries(ownMessages)) {
      let lines = ''
      for await (const some of rows(world.db, who.id)) lines += some
      found[name] = lines
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    }
    return found
  }
  await write(alice, bob, 'One')
  await write(bob, alice, 'Two')
  expect(await take(alice)).toMatchObject({
    messages_sent: [{ to: bob.id, html: '<p>One</p>', hidden: false, file: null }],
    messages_received: [{ from: bob.id, html: '<p>Two</p>' }],
  })
  await ok(alice.delete(`/pm/?user=${bob.id}`))
  expect((await take(alice)).messages_received).toEqual([])
  expect(await take(carla)).toEqual({ message_files: [], messages_sent: [], messages_received: [] })
})

describe('what is deleted', () => {
  test('is gone for both within a minute, and later only for the one who wrote it', async () => {
    const first = await write(alice, bob, 'One')
    world.pass(59_000)
    const second = await write(alice, bob, 'Two')
    world.pass(2_000)
    await ok(alice.delete(`/pm/${second.id}/`))
    expect(texts(await read(bob, alice))).toEqual(['One'])
    await ok(alice.delete(`/pm/${first.id}/`))
    expect(texts(await read(bob, alice))).toEqual(['One'])
    expect((await read(alice, bob)).results).toMatchObject([
      { id: first.id, message: '', status: 'hidden', file: null },
    ])
    expect((await ok(alice.get('/pm/'))).body.results[0].headline).toBe('')
    expect(said(await alice.delete(`/pm/${first.id}/`))).toEqual([400, 'already_deleted'])
    expect((await alice.delete(`/pm/${second.id}/`)).status).toBe(404)
  })

  test('empties a thread with its last message', async () => {
    const { id } = await write(alice, bob, 'Oops')
    await ok(alice.delete(`/pm/${id}/`))
    for (const who of [alice, bob]) expect((await ok(who.get('/pm/'))).body).toMatchObject({ count: 0, results: [] })
    expect(await findMessageDrift(world.db)).toEqual([])
  })

  test('as a thread is gone for oneself, and from the database once both have done so', async () => {
    const { thread_id, id } = await write(alice, bob, 'One')
    await ok(alice.delete(`/pm/?user=${bob.id}`))
    expect((await alice.delete(`/pm/?user=${bob.id}`)).status).toBe(404)
    expect(texts(await read(alice, bob))).toEqual([])
    expect((await alice.get(`/pm/${id}/`)).status).toBe(404)
    expect(texts(await read(bob, alice))).toEqual(['One'])
    await write(bob, alice, 'Two')
    expect([texts(await read(alice, bob)), texts(await read(bob, alice))]).toEqual([['Two'], ['One', 'Two']])
    await ok(bob.delete(`/pm/?thread=${thread_id}`))
    await purgeThreads(world.kith)
    expect(await world.db.query('select html from message where thread_id = $1', [thread_id])).toEqual([
      { html: '<p>Two</p>' },
    ])
    expect((await bob.delete('/pm/')).status).toBe(400)
  })

  test('or written at the same moment leaves every count right', async () => {
    await connect(alice, carla)
    await connect(bob, carla)
    const people = [alice, bob, carla]
    const others = (who: Person) => people.filter((each) => each !== who).map(({ id }) => id)
    const mine: number[] = (await ok(alice.post('/pm/', { recipients: others(alice), message: 'x' }))).body.map(
      (each: { id: number }) => each.id,
    )
    const acts = people.flatMap((who) => [
      ...Array.from({ length: 6 }, () => who.post('/pm/', { recipients: others(who), message: 'x' })),
      ...others(who).map((id) => who.delete(`/pm/?user=${id}`)),
      ...others(who).map((id) => who.get(`/pm/?user=${id}`)),
    ])
    const answers = await Promise.all([...acts, ...mine.map((id) => alice.delete(`/pm/${id}/`))])
    expect(answers.filter(({ status }) => status >= 500).map(({ text }) => text)).toEqual([])
    expect(await findMessageDrift(world.db)).toEqual([])
    const { n } = (
      await world.db.query<{ n: number }>('select count(*)::int as n from message where sender_id = any($1)', [
        people.map(({ id }) => id),
      ])
    )[0] as { n: number }
    expect(n).toBeGreaterThanOrEqual(36)
    await purgeThreads(world.kith)
    expect(await findMessageDrift(world.db)).toEqual([])
  })
})
