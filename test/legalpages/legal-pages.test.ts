import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const day = 86_400_000
const publish = async (sent: object) => (await ok(world.admin.post('/legal_page/', sent))).body
const current = async (who = world.alice) => (await ok(who.get('/legal_page/last_revisions/'))).body

describe('a legal page', () => {
  test('is not there in a new community: nobody agrees to what nobody wrote', async () => {
    expect(await current(world.visitor)).toEqual([])
    expect((await world.visitor.get('/legal_page/')).body).toMatchObject({ count: 0, results: [] })
    for (const called of ['privacy', 'terms', '1', '99999999999999999999'])
      expect((await world.visitor.get(`/legal_page/${called}/`)).status, called).toBe(404)
  })

  test('is published by administrators in revisions, the last of which holds', async () => {
    const { admin, alice, visitor } = world
    const first = await publish({
      policy: 'privacy',
      title: 'Privacy',
      html_summary: 'We keep <b>little</b>.',
      html_body: '<h2>What we keep</h2><script>x</script><p onclick="x">Your name.</p>',
    })
    expect(first).toMatchObject({
      ...{ type: 'legal', slug: 'privacy-1', title: 'Privacy', active: true, ack: null, created_by: admin.id },
      ...{ valid_from: null, valid_to: null, updated_at: null, updated_by: null },
      html_body: '<h2>What we keep</h2><p>Your name.</p>',
    })
    const [told] = await world.told()
    const { ack: _, ...shown } = first
    expect(told).toMatchObject({ type: 'legal_page.created', data: shown })
    expect(told?.data).not.toHaveProperty('ack')

    world.pass(1_000)
    const second = await publish({ policy: 'privacy', title: 'Privacy, again' })
    const terms = await publish({ policy: 'tec', title: 'Terms' })
    expect([second.slug, terms.slug]).toEqual(['privacy-2', 'tec-1'])
    const slugs = (pages: { slug: string }[]) => pages.map(({ slug }) => slug)
    expect(slugs(await current(visitor))).toEqual(['privacy-2', 'tec-1'])
    expect((await current(visitor))[0]).not.toHaveProperty('ack')
    expect((await visitor.get('/legal_page/privacy/')).body).toMatchObject({ id: second.id, title: 'Privacy, again' })
    expect((await visitor.get(`/legal_page/${first.id}/`)).body).toMatchObject({ slug: 'privacy-1' })
    const revisions = await walk(visitor, '/legal_page/privacy/revisions/?limit=1')
    expect([revisions.count, revisions.results.map(({ id }) => id)]).toEqual([2, [second.id, first.id]])
    expect((await alice.post('/legal_page/', { policy: 'tec', title: 'Mine' })).status).toBe(403)
    expect((await visitor.get('/legal_page/nothing/revisions/')).status).toBe(404)
    await world.told()
  })

  test('holds from when it says until when it says, and only while it is active', async () => {
    const { admin, alice, visitor } = world
    const at = (days: number) => new Date(world.kith.clock.now().getTime() + days * day).toISOString()
    const now = await publish({ policy: 'cookies', title: 'Cookies', valid_to: at(2) })
    const next = await publish({ policy: 'cookies', title: 'Fewer cookies', valid_from: at(1) })
    const holds = async () => (await visitor.get('/legal_page/cookies/')).body?.id
    expect(await holds()).toBe(now.id)
    world.pass(1.5 * day)
    expect(await holds()).toBe(next.id)
    await ok(admin.patch(`/legal_page/${next.id}/`, { active: false }))
    expect(await holds()).toBe(now.id)
    expect((await alice.get(`/legal_page/${next.id}/`)).status).toBe(404)
    expect((await admin.get(`/legal_page/${next.id}/`)).status).toBe(200)
    expect((await alice.post(`/legal_page/${next.id}/ack/`, { accept: '1' })).status).toBe(404)
    world.pass(day)
    expect((await visitor.get('/legal_page/cookies/')).status).toBe(404)
    await world.told()
  })

  test('is found by its title, its slug and its time', async () => {
    const { visitor } = world
    const found = async (query: string) =>
      (await ok(visitor.get(`/legal_page/search/?${query}`))).body.results.map(({ slug }: { slug: string }) => slug)
    expect(await found('search=AGÁIN')).toEqual(['privacy-2'])
    expect(await found('search=privacy-1')).toEqual(['privacy-1'])
    expect(await found('search=%25')).toEqual([])
    expect(await found('ordering=title')).toEqual(['cookies-1', 'privacy-1', 'privacy-2', 'tec-1'])
    expect(await found(`valid_to=${new Date(Date.now() + 3 * day).toISOString()}`)).toEqual(['cookies-1'])
    expect(await found('valid_from=2100-01-01')).toEqual([])
    for (const bad of ['valid_from=tomorrow', 'ordering=html_body'])
      expect((await visitor.get(`/legal_page/?${bad}`)).status, bad).toBe(400)
    for (const ordering of ['id', '-valid_from', '-title', 'created_at'])
      expect((await walk(visitor, `/legal_page/?limit=2&ordering=${ordering}`)).results.length).toBe(4)
  })

  test('that is wrong is refused with everything that is wrong', async () => {
    const { admin } = world
    const answer = await admin.post('/legal_page/', {
      ...{ policy: 'law', title: ' \u200b', html_body: 'x'.repeat(100_001), valid_from: 'x', valid_to: -1 },
    })
    const fields = answer.body.errors.map(({ field }: { field: string }) => field).sort()
    expect([answer.status, fields]).toEqual([400, ['html_body', 'policy', 'title', 'valid_from', 'valid_to']])
    const ends = { policy: 'tec', title: 'x', valid_from: '2030-01-02', valid_to: '2030-01-01' }
    expect((await admin.post('/legal_page/', ends)).body.errors[0].field).toBe('valid_to')
    const { id } = (await admin.get('/legal_page/tec/')).body
    expect((await admin.patch(`/legal_page/${id}/`, { valid_to: '1980-01-01' })).status).toBe(400)
    expect((await admin.patch('/legal_page/999/', { title: 'x' })).status).toBe(404)
    expect(await world.told()).toEqual([])
  })

  test('gets different numbers for revisions that are published at once', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, (_, n) => publish({ policy: 'tec', title: `Terms ${n}` })))
    expect(made.map(({ slug }) => slug).sort()).toEqual(['tec-2', 'tec-3', 'tec-4', 'tec-5', 'tec-6'])
    await world.told()
  })
})

describe('a member’s answer to a legal page', () => {
  test('is shown with the page, to nobody else, and said anew of each revision', async () => {
    const { alice, bob } = world
    const page = (await alice.get('/legal_page/privacy/')).body
    const path = `/legal_page/${page.id}`
    expect((await alice.get(`${path}/user_ack/`)).status).toBe(404)
    const yes = await ok(alice.post(`${path}/ack/`, { accept: '1' }))
    expect(yes.body).toEqual({
      ...{ id: expect.any(Number), custom_page: page.id, user: alice.id },
      ...{ accepted_at: expect.any(String), not_accepted_at: null },
    })
    world.pass(1_000)
    expect((await alice.post(`${path}/ack/`, { accept: 'true' })).body).toEqual(yes.body)
    expect((await alice.get(`${path}/user_ack/`)).body).toEqual(yes.body)
    expect((await alice.get(`${path}/`)).body.ack).toEqual(yes.body)
    expect((await current()).find(({ id }: { id: number }) => id === page.id).ack).toEqual(yes.body)
    expect((await bob.get(`${path}/`)).body.ack).toBeNull()
    expect((await bob.get('/legal_page/user_acks/')).body).toEqual([])

    for (const sent of [{ accept: '0' }, {}, { accept: null }]) {
      const no = (await ok(alice.post(`${path}/ack/`, sent))).body
      expect(no).toMatchObject({ id: yes.body.id, accepted_at: null, not_accepted_at: expect.any(String) })
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${alice.token}` }
    const sent = await world.send(`${path}/ack/`, { method: 'POST', headers: form, body: 'accept=on' })
    expect(sent.body.accepted_at).toEqual(expect.any(String))
    expect((await alice.post(`${path}/ack/`, { accept: 'perhaps' })).status).toBe(400)
    await publish({ policy: 'privacy', title: 'Privacy, a third time' })
    expect((await alice.get('/legal_page/privacy/')).body.ack).toBeNull()
    expect((await alice.get('/legal_page/user_acks/')).body).toMatchObject([{ custom_page: page.id }])
    expect((await world.told()).map(({ type }) => type)).toEqual(['legal_page.created'])
  })

  test('keeps the words that it is an answer to', async () => {
    const { admin, alice, bob } = world
    const { id } = (await bob.get('/legal_page/privacy/')).body
    await ok(admin.patch(`/legal_page/${id}/`, { html_body: 'Nobody has read this.' }))
    await ok(bob.post(`/legal_page/${id}/ack/`, { accept: false }))
    const answer = await admin.patch(`/legal_page/${id}/`, { html_body: 'Other words' })
    expect([answer.status, answer.body.errors[0].code]).toEqual([400, 'acknowledged'])
    const changed = await ok(admin.patch(`/legal_page/${id}/`, { html_body: 'Nobody has read this.', valid_to: 9e9 }))
    expect(changed.body).toMatchObject({ updated_by: admin.id, updated_at: expect.any(String) })
    await ok(admin.patch(`/legal_page/${id}/`, { active: true }))
    expect((await alice.patch(`/legal_page/${id}/`, { active: false })).status).toBe(403)
    const told = await world.told()
    expect(told.map(({ type, data }) => [type, data.id])).toEqual([
      ['legal_page.updated', id],
      ['legal_page.updated', id],
    ])
  })

  test('is gone with them', async () => {
    const kim = await world.join('kim')
    const { id } = (await kim.get('/legal_page/privacy/')).body
    await ok(kim.post(`/legal_page/${id}/ack/`, { accept: true }))
    await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
    expect(await world.db.query('select from legal_page_ack where member_id = $1', [kim.id])).toEqual([])
    await world.told()
  })
})
