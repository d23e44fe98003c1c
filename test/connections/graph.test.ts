import { afterAll, beforeAll, expect, test } from 'vitest'
import { registry } from '../../src/platform/sql/statement.ts'
import { password } from '../oauth/support.ts'
import { openBrowser } from '../support/browser.ts'
import { collectMails } from '../support/mails.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

// What administrators see of members and do with them, beside what is documented.

let world: World
let admin: Person
let alice: Person
let bob: Person
let carla: Person
beforeAll(async () => {
  world = await createWorld()
  ;({ admin, alice, bob, carla } = world)
})
afterAll(() => world.end())

const act = (who: Person, verb: string, whom: Person) => ok(who.post(`/user/${whom.id}/connection/${verb}/`))

type Graph = {
  directed: boolean
  members: { id: number[]; username: string[]; connections: number[] }
  edges: { from: number[]; to: number[] }
  members_left_out: number
  edges_left_out: boolean
}
const draw = async (query = ''): Promise<Graph> => (await ok(admin.get(`/connection/graph/${query}`))).body
/** Its edges by name; those of friends have no direction. */
const edgesOf = ({ directed, members, edges }: Graph) =>
  edges.from
    .map((from, i) => [from, edges.to[i] ?? -1].map((id) => members.username[members.id.indexOf(id)] as string))
    .map((ends) => (directed ? ends : ends.sort()).join('>'))
    .sort()

test('the graph has everybody once, and each friendship once', async () => {
  await act(alice, 'request', bob)
  await act(bob, 'accept', alice)
  await act(carla, 'request', bob)
  await act(bob, 'accept', carla)
  await act(carla, 'request', alice)
  const graph = await draw()
  expect(edgesOf(graph)).toEqual(['alice>bob', 'bob>carla'])
  expect([...graph.members.username].sort()).toEqual(['admin', 'alice', 'bob', 'carla'])
  expect(graph.members.connections[graph.members.username.indexOf('bob')]).toBe(2)
  expect([graph.directed, graph.members_left_out, graph.edges_left_out]).toEqual([false, 0, false])
  expect((await draw('?order=newest&limit=1')).members.username).toEqual(['carla'])
  expect((await draw('?limit=3')).members_left_out).toBe(1)
})

test('the circle of one is they, their friends, and who of these are friends', async () => {
  const circle = await draw(`?around=${alice.id}`)
  expect(circle.members.username).toEqual(['alice', 'bob'])
  expect([circle.members_left_out, edgesOf(circle)]).toEqual([0, ['alice>bob']])
  expect((await admin.get('/connection/graph/?around=999999')).status).toBe(404)
  expect((await admin.get('/connection/graph/?limit=5001')).status).toBe(400)
})

test('who is hidden is nobody’s friend meanwhile, and who has left is not in it', async () => {
  await ok(alice.post(`/user/${bob.id}/hide/`))
  expect(edgesOf(await draw())).toEqual(['bob>carla'])
  await ok(alice.post(`/user/${bob.id}/hide/`))
  const dan = await world.join('dan')
  await ok(admin.delete(`/user/${dan.id}/`))
  expect((await draw()).members.username).not.toContain('dan')
})

test('what a switch of the mode does is known before it is done, and in follow mode edges have a direction', async () => {
  const before = { connections: 2, requests: 1, rejected: 0, followings: 0, counted_to: 100_000 }
  expect((await ok(admin.get('/connection/totals/'))).body).toEqual({ mode: 'friendship', ...before })
  await world.set({ follow_enabled: true })
  await ok(bob.post(`/user/${carla.id}/follow/`))
  await ok(carla.post(`/user/${bob.id}/follow/`))
  await ok(alice.post(`/user/${bob.id}/follow/`))
  const graph = await draw()
  expect([graph.directed, edgesOf(graph)]).toEqual([true, ['alice>bob', 'bob>carla', 'carla>bob']])
  expect(edgesOf(await draw(`?around=${alice.id}`))).toEqual(['alice>bob'])
  expect((await ok(admin.get('/connection/totals/'))).body).toEqual({ mode: 'follow', ...before, followings: 3 })
  await world.set({ follow_enabled: false })
})

test('the history of a member says who asked, accepted, rejected and restored', async () => {
  await act(alice, 'reject', carla)
  await act(alice, 'cancel_reject', carla)
  const { body } = await ok(admin.get(`/user/${alice.id}/connection/history/`))
  const said = body.results.map(
    (each: { type: string; from_user: { username: string }; to_user: { username: string } }) =>
      [each.type, each.from_user.username, each.to_user.username].join(' '),
  )
  expect(said).toEqual(
    [
      'connection.follow alice bob',
      'connection_request.restored carla alice',
      'connection_request.rejected carla alice',
      'connection_request.created carla alice',
      'connection.created alice bob',
      'connection_request.created alice bob',
    ].sort((a, b) => said.indexOf(a) - said.indexOf(b)),
  )
  expect((await ok(admin.get(`/user/${alice.id}/connection/history/?limit=1`))).body.results).toHaveLength(1)
  expect((await admin.get('/user/999999/connection/history/')).status).toBe(404)
})

test('a graph reads its share of each member from the index, however many there are', async () => {
  await world.db.query(
    `insert into users (username, date_joined) select 'crowd' || i, now() from generate_series(1, 400) i`,
  )
  await world.db.query(`with c as (select id, row_number() over (order by id) as n from users where username like 'crowd%'),
    pair as (select a.id as a, b.id as b, nextval('relation_place') as place from c a join c b on b.n > a.n and b.n <= a.n + 40)
    insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
    select a, b, 1, 4, place, place, true, now() from pair
    union all select b, a, 1, 4, place, place, false, now() from pair`)
  await world.db.query('analyze')
  const client = await world.db.connect()
  for (const { key, compiled } of [...(registry.get('connections: graph')?.variants() ?? [])]) {
    const plan = JSON.stringify((await client.query(`explain (generic_plan) ${compiled.text}`)).rows)
    expect(plan, key).not.toMatch(/Seq Scan on relation/)
  }
  await client.end()
  const graph = await draw('?order=newest&limit=400')
  expect(graph.edges.from).toHaveLength(400 * 40 - (40 * 41) / 2)
})

test('administrators give roles and take them, but not their own', async () => {
  await ok(admin.put(`/user/${bob.id}/role/`, { role: 'admin' }))
  expect((await ok(bob.get('/user/me/'))).body.role).toBe('admin')
  const own = await bob.put(`/user/${bob.id}/role/`, { role: null })
  expect([own.status, own.body.errors[0].code]).toEqual([400, 'own'])
  expect((await bob.put(`/user/${admin.id}/role/`, { role: null })).status).toBe(403)
  expect((await admin.put(`/user/${bob.id}/role/`, { role: 'king' })).status).toBe(400)
  expect((await admin.put('/user/999999/role/', { role: null })).status).toBe(404)
  const staff = (await ok(admin.get('/moderation/user/?role=admin'))).body.results
  expect(staff.map((each: { username: string }) => each.username)).toEqual(['bob', 'admin'])
  await ok(admin.put(`/user/${bob.id}/role/`, { role: null }))
  expect((await bob.get('/connection/graph/')).status).toBe(403)
  const [last] = (await ok(admin.get('/audit/?limit=1'))).body.results
  expect(last).toMatchObject({ act: 'PUT /api/v2/user/{id}/role/', target: bob.id, fields: ['role'] })
})

test('two administrators who take the role from each other leave one', async () => {
  for (const each of [bob, carla]) await ok(admin.put(`/user/${each.id}/role/`, { role: 'admin' }))
  const answers = await Promise.all([
    bob.put(`/user/${carla.id}/role/`, { role: null }),
    carla.put(`/user/${bob.id}/role/`, { role: null }),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 403])
  for (const each of [bob, carla]) await ok(admin.put(`/user/${each.id}/role/`, { role: null }))
})

test('members are listed from when they joined', async () => {
  const named = async (since: string) =>
    (await ok(admin.get(`/moderation/user/?since=${since}&search=alice`))).body.results.length
  expect([await named('2000-01-01'), await named('2100-01-01')]).toEqual([1, 0])
  expect((await admin.get('/moderation/user/?since=once')).status).toBe(400)
})

test('somebody is signed out everywhere, and gets a mail for another password', async () => {
  const eva = await world.join('eva', { password })
  const browser = openBrowser(world)
  await browser.signIn('eva', password)
  const mine = async () => (await browser.get('/apps')).status
  expect(await mine()).toBe(200)
  await ok(admin.post(`/user/${eva.id}/sign_out/`))
  expect(await mine()).not.toBe(200)
  expect((await admin.post('/user/999999/sign_out/')).status).toBe(404)

  await ok(admin.post(`/user/${eva.id}/recover/`))
  expect(await collectMails(world)).toMatchObject([{ kind: 'recover', to: 'eva@example.com' }])
  await world.db.query('update users set email = null where id = $1', [eva.id])
  const nowhere = await admin.post(`/user/${eva.id}/recover/`)
  expect([nowhere.status, nowhere.body.errors[0].code]).toEqual([400, 'no_email'])
})
