import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { slugOf } from '../../src/texts/slug.ts'
import { createWorld, type Person, type Told, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})
afterAll(() => world.end())

const kinds = ['status', 'post', 'discussion'] as const
type Kind = (typeof kinds)[number]
const plural = { status: 'statuses', post: 'posts', discussion: 'discussions' }

const content = (kind: Kind, text = 'Good morning') => ({
  text: `<p>${text}</p>`,
  ...(kind === 'discussion' && { title: `About: ${text}` }),
})

async function publish(who: Person, kind: Kind, text?: string): Promise<{ id: number; slug: string }> {
  const answer = await who.post(`/${kind}/`, content(kind, text))
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}

const counterOf = async (who: Person, kind: Kind) => {
  const { body } = await world.admin.get(`/user/${who.id}/`)
  return body[`${plural[kind]}_counter`]
}

describe.each(kinds)('a %s', (kind) => {
  test('is exported with what has come of it, for administrators and the publisher who wrote it', async () => {
    const editor = await world.join(`publisher_of_${kind}`, { role: 'publisher' })
    const media = (await editor.post('/media/', { type: 'url', url: 'http://10.0.0.1/tea' })).body
    const { id } = (await editor.post(`/${kind}/`, { title: '=1+1', text: '=1+1, said "so"', medias: [media.id] })).body
    await bob.post(`/media/${media.id}/click/`)
    await bob.post(`/${kind}/${id}/vote/`)
    const answer = await editor.get(`/${kind}/${id}/export/`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv'])
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${kind}-${id}.csv"`)
    const [header, own, link, ...rest] = answer.text.replace('\ufeff', '').split('\r\n')
    expect(header).toBe('id,type,title,url,added_at,views,clicks,votes,comments,shares')
    const title = kind === 'discussion' ? `"'=1+1"` : `"'=1+1, said ""so"""`
    expect(own?.startsWith(`${id},${kind},${title},,2`), own).toBe(true)
    expect(own).toMatch(/,0,1,1,0,0$/)
    expect(link).toMatch(new RegExp(`^${media.id},url,.*,http://10.0.0.1/tea,2[^,]*,,1,,,$`))
    expect(rest).toEqual([''])
    expect((await world.admin.get(`/${kind}/${id}/export/`)).status).toBe(200)
    const other = await world.join(`other_publisher_of_${kind}`, { role: 'publisher' })
    for (const who of [alice, other]) expect((await who.get(`/${kind}/${id}/export/`)).status).toBe(403)
    expect((await world.admin.get(`/${kind}/99999999/export/`)).status).toBe(404)
    await world.told()
  })

  test('is published, and told with its author', async () => {
    const answer = await alice.post(`/${kind}/`, content(kind))
    expect(answer.status, answer.text).toBe(201)
    expect(answer.body).toMatchObject({
      type: kind,
      html: '<p>Good morning</p>',
      summary: 'Good morning',
      deleted: false,
      collapsed: false,
      comment_count: 0,
      vote_count: 0,
      follower_count: 0,
      voted: false,
      followed: false,
      suspended: false,
      categories: [],
      location: null,
      last_edited_at: null,
    })
    expect(answer.body.author).toMatchObject({ id: alice.id, username: alice.username })
    const [told, ...rest] = await world.told()
    expect(rest).toEqual([])
    expect(told).toMatchObject({
      type: `${kind}.created`,
      data: { id: answer.body.id, html: '<p>Good morning</p>', author: { id: alice.id } },
    })
    const { author } = (told as Told).data as unknown as { author: object }
    expect(author).toHaveProperty(`${plural[kind]}_counter`, 1)
    for (const secret of ['email', 'email_isvalid', 'status']) expect(author).not.toHaveProperty(secret)
    expect((await bob.get(`/${kind}/${answer.body.id}/`)).body).toEqual({
      ...answer.body,
      author: expect.objectContaining({ id: alice.id }),
    })
    expect(await counterOf(alice, kind)).toBe(1)
  })

  test('is summed up by its markup if it is short, else by its first words', async () => {
    const short = await alice.post(`/${kind}/`, { ...content(kind), text: '<p>Good <b>morning</b></p>' })
    expect(short.body).toMatchObject({
      summary: 'Good morning',
      summary_html: '<p>Good <strong>morning</strong></p>',
      summary_truncated: false,
    })
    const long = await alice.post(`/${kind}/`, {
      ...content(kind),
      text: `<p>${'<b>Tea</b> &amp; toast. '.repeat(40)}</p>`,
    })
    expect(long.body.summary).toMatch(/^Tea &amp; toast\. .* \.\.\.$/)
    expect(long.body).toMatchObject({ summary_html: long.body.summary, summary_truncated: true })
    await world.told()
  })

  test('is written anew by its author, and by nobody else', async () => {
    const { id, slug } = await publish(alice, kind)
    await world.told()
    expect((await bob.put(`/${kind}/${id}/`, content(kind, 'Mine'))).status).toBe(403)
    const answer = await alice.put(`/${kind}/${id}/`, content(kind, 'Good evening'))
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).toMatchObject({ html: '<p>Good evening</p>', slug, last_edited_at: expect.any(String) })
    expect(await world.told()).toMatchObject([{ type: `${kind}.updated`, data: { html: '<p>Good evening</p>' } }])
    expect((await alice.put(`/${kind}/${id}/`, content(kind, 'Good evening'))).status).toBe(200)
    expect(await world.told()).toEqual([])
  })

  test('is deleted and restored by its author', async () => {
    const { id } = await publish(alice, kind)
    await world.told()
    expect((await bob.delete(`/${kind}/${id}/`)).status).toBe(403)
    const gone = await alice.delete(`/${kind}/${id}/`)
    expect([gone.status, gone.text]).toEqual([204, ''])
    expect((await alice.get(`/${kind}/${id}/`)).body.deleted).toBe(true)
    expect((await bob.get(`/${kind}/${id}/`)).status).toBe(404)
    expect((await world.admin.get(`/${kind}/${id}/`)).status).toBe(200)
    expect(await counterOf(alice, kind)).toBe(0)
    expect((await alice.delete(`/${kind}/${id}/`)).body.errors[0].code).toBe('already_deleted')
    expect((await bob.post(`/${kind}/${id}/follow/`)).status).toBe(404)
    const back = await alice.post(`/${kind}/${id}/restore/`)
    expect([back.status, back.text]).toEqual([204, ''])
    expect((await alice.post(`/${kind}/${id}/restore/`)).body.errors[0].code).toBe('not_deleted')
    expect(await counterOf(alice, kind)).toBe(1)
    expect(await world.told()).toMatchObject([
      { type: `${kind}.deleted`, data: { id, deleted: true } },
      { type: `${kind}.restored`, data: { id, deleted: false } },
    ])
  })

  test('stays when its author leaves, under their name, and is gone when they are deleted for good', async () => {
    const { id } = await publish(alice, kind)
    await carla.post(`/user/${alice.id}/hide/`)
    expect((await carla.get(`/${kind}/${id}/`)).status).toBe(404)
    await alice.delete(`/user/${alice.id}/`)
    // The relation has ended; what was hidden stays so, in lists and by its id.
    expect((await carla.get('/user/hidden_users/')).body.count).toBe(0)
    expect((await carla.get(`/${kind}/${id}/`)).status).toBe(404)
    expect((await carla.post(`/${kind}/${id}/vote/`)).status).toBe(403)
    const { count, results } = await walk(carla, `/${kind}/?limit=100`)
    expect(results.map((each) => each.id)).not.toContain(id)
    expect(count).toBe(results.length)
    expect((await bob.get(`/${kind}/${id}/`)).body.author).toMatchObject({ username: alice.username, deleted: true })
    await world.admin.delete(`/user/${alice.id}/?hard=1`)
    for (const who of [world.admin, bob, world.visitor]) expect((await who.get(`/${kind}/${id}/`)).status).toBe(404)
    expect((await walk(bob, `/${kind}/?limit=100`)).results.map((each) => each.id)).not.toContain(id)
    await world.told()
  })

  test('is followed and suspended, and no longer, each told with who and since when', async () => {
    const { id } = await publish(alice, kind)
    await world.told()
    const seen = async () => (await bob.get(`/${kind}/${id}/`)).body
    for (const [act, check, field] of [
      ['follow', 'following', 'followed'],
      ['suspend', 'suspended', 'suspended'],
    ] as const) {
      const on = await bob.post(`/${kind}/${id}/${act}/`)
      expect([on.status, on.text]).toEqual([204, ''])
      expect(await seen()).toMatchObject({ [field]: true, follower_count: act === 'follow' ? 1 : 0 })
      expect((await bob.get(`/${kind}/${id}/${check}/`)).body).toEqual({ [check]: true })
      expect((await bob.get(`/${kind}/${check}/`)).body).toMatchObject({ count: 1, results: [{ id }] })
      expect((await carla.get(`/${kind}/${check}/`)).body.count).toBe(0)
      await bob.post(`/${kind}/${id}/${act}/`)
      expect(await seen()).toMatchObject({ [field]: false, follower_count: 0 })
      const told = (await world.told()) as unknown as {
        type: string
        data: Record<string, { id: number; email?: string }>
      }[]
      expect(told.map(({ type }) => type)).toEqual([`${kind}.${act}`, `${kind}.un${act}`])
      for (const { data } of told) {
        expect(Object.keys(data).sort()).toEqual(['added_at', kind, 'user'].sort())
        expect([data.user?.id, data[kind]?.id]).toEqual([bob.id, id])
        expect(data.user?.email).toBe(`${bob.username}@example.com`)
      }
      expect(told[0]?.data.added_at).toBe(told[1]?.data.added_at)
    }
  })

  test('cannot be followed by its author, who hears of it anyway, unless they suspend that', async () => {
    const { id } = await publish(alice, kind)
    await world.told()
    expect((await alice.post(`/${kind}/${id}/follow/`)).body.errors[0].code).toBe('own')
    expect(await world.told()).toEqual([])
    for (const suspended of [true, false]) {
      expect((await alice.post(`/${kind}/${id}/suspend/`)).status).toBe(204)
      expect((await alice.get(`/${kind}/${id}/suspended/`)).body).toEqual({ suspended })
      expect((await alice.get(`/${kind}/${id}/`)).body).toMatchObject({ suspended, followed: false })
      expect((await alice.get(`/${kind}/suspended/`)).body.count).toBe(suspended ? 1 : 0)
      const type = `${kind}.${suspended ? 'suspend' : 'unsuspend'}`
      expect(await world.told()).toMatchObject([{ type, data: { user: { id: alice.id }, [kind]: { id } } }])
    }
  })

  test('is voted for, with another reaction, and no longer', async () => {
    const { id } = await publish(alice, kind)
    await world.told()
    const vote = (who: Person, query = '') => who.post(`/${kind}/${id}/vote/${query}`)
    expect((await vote(bob)).status).toBe(204)
    expect((await vote(carla, '?reaction=3')).status).toBe(204)
    expect((await bob.get(`/${kind}/${id}/`)).body).toMatchObject({ vote_count: 2, voted: true })
    const votes = await alice.get(`/${kind}/${id}/vote/`)
    expect(votes.body.count).toBe(2)
    expect(votes.body.results.map((each: { user: { id: number } }) => each.user.id)).toEqual([carla.id, bob.id])
    expect((await alice.get(`/${kind}/${id}/vote/?reaction=3`)).body).toMatchObject({ count: 1 })
    await vote(carla, '?reaction=1')
    expect((await alice.get(`/${kind}/${id}/vote/?reaction=1`)).body).toMatchObject({ count: 2 })
    await vote(bob)
    expect((await bob.get(`/${kind}/${id}/`)).body).toMatchObject({ vote_count: 1, voted: false })
    const told = await world.told()
    expect(told.map(({ type }) => type)).toEqual([
      'vote.created',
      'vote.created',
      'vote.deleted',
      'vote.created',
      'vote.deleted',
    ])
    expect(told[0]?.data).toMatchObject({ object_type: kind, user: { id: bob.id }, [kind]: { id, vote_count: 1 } })
  })

  test('is flagged, by an object or a bare number, for moderators to see', async () => {
    const { id } = await publish(alice, kind)
    await world.told()
    const unflagged = await bob.get(`/${kind}/${id}/flag/status/`)
    expect([unflagged.status, unflagged.body]).toEqual([200, {}])
    expect((await bob.get(`/${kind}/9000000/flag/status/`)).status).toBe(404)
    expect((await bob.post(`/${kind}/${id}/flag/`, { flag_type: 0 })).status).toBe(204)
    expect((await carla.post(`/${kind}/${id}/flag/`, 4)).status).toBe(204)
    expect((await bob.post(`/${kind}/${id}/flag/`, { flag_type: 2 })).status).toBe(204)
    expect((await bob.post(`/${kind}/${id}/flag/`, { flag_type: 9 })).status).toBe(400)
    expect((await bob.get(`/${kind}/${id}/flag/status/`)).body).toMatchObject({
      flag_type: 2,
      flag_type_description: 'vulgar',
    })
    expect((await bob.get(`/${kind}/${id}/flag/`)).status).toBe(403)
    const flags = await world.admin.get(`/${kind}/${id}/flag/`)
    expect(flags.body).toMatchObject({ count: 2, results: [{ user: { id: carla.id } }, { user: { id: bob.id } }] })
    expect((await world.admin.get(`/${kind}/${id}/`)).body.flag_count).toBe(2)
    expect(await world.told()).toEqual([])
  })

  test('that is hidden is gone from one’s lists, and so is all of a hidden member', async () => {
    const first = await publish(alice, kind)
    const second = await publish(alice, kind)
    const third = await publish(carla, kind)
    await world.told()
    const ids = async (list: string) => {
      const { body } = await bob.get(`/${kind}/${list}?limit=100`)
      return { count: body.count, ids: body.results.map((each: { id: number }) => each.id) }
    }
    const before = (await ids('')).count
    expect((await bob.post(`/${kind}/${first.id}/hide/`)).status).toBe(204)
    expect((await bob.get(`/${kind}/${first.id}/hide/status/`)).body).toEqual({ hidden: true })
    for (const list of ['', 'uncommented/']) {
      const seen = await ids(list)
      expect(seen.count).toBe(before - 1)
      expect(seen.ids).not.toContain(first.id)
      expect(seen.ids.slice(0, 2)).toEqual([third.id, second.id])
    }
    await bob.post(`/user/${alice.id}/hide/`)
    const seen = await ids('')
    expect(seen.count).toBe(before - 2)
    expect(seen.ids[0]).toBe(third.id)
    expect((await bob.get(`/${kind}/${second.id}/`)).status).toBe(404)
    expect((await bob.post(`/${kind}/${second.id}/vote/`)).status).toBe(403)
    expect((await ids('uncommented/')).count).toBe(before - 2)
    await bob.post(`/user/${alice.id}/hide/`)
    await bob.post(`/${kind}/${first.id}/hide/`)
    expect((await ids('')).count).toBe(before)
    expect(await world.told()).toEqual([])
  })

  test('is found by the beginnings of its words, without accents, the best first', async () => {
    const word = `Zürichbergstraße${Math.random().toString(36).slice(2, 6)}`
    const about = await publish(alice, kind, `${word} ${word} ${word}`)
    const once = await publish(bob, kind, `${word} and many other words that have nothing to do with it`)
    const search = async (text: string) => {
      const { body, status } = await carla.get(`/${kind}/search/?search=${encodeURIComponent(text)}`)
      expect(status).toBe(200)
      return body.results.map((each: { id: number }) => each.id)
    }
    expect(await search(word)).toEqual([about.id, once.id])
    expect(await search(word.replace('ü', 'u').slice(0, -2).toUpperCase())).toEqual([about.id, once.id])
    expect(await search(`${word} words`)).toEqual([once.id])
    expect(await search(`${word} nothere`)).toEqual([])
    for (const strange of ['', '&', "'", ':*', '!(', '\\', '<->', '日本']) expect(await search(strange)).toEqual([])
    const { body } = await carla.get(`/${kind}/search/?search=${encodeURIComponent(word)}`)
    expect(body.results[0].matches).toMatchObject([{ object: { id: about.id, type: kind }, author: { id: alice.id } }])
  })

  test('is refused where the community has none of its kind', async () => {
    await world.set({ [`${kind}_type_enabled`]: false })
    const answer = await alice.post(`/${kind}/`, content(kind))
    expect([answer.status, answer.body.errors[0].code]).toEqual([403, 'type_disabled'])
    expect((await alice.get(`/${kind}/`)).status).toBe(403)
    await world.set({ [`${kind}_type_enabled`]: true })
    expect(await world.told()).toEqual([])
  })

  test('has a slug of its own that stays', async () => {
    const salt = Math.random().toString(36).slice(2, 8)
    const slugs = [await publish(alice, kind, salt), await publish(alice, kind, salt), await publish(bob, kind, salt)]
    expect(new Set(slugs.map(({ slug }) => slug)).size).toBe(3)
    for (const { slug } of slugs) expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    const long = [await publish(alice, kind, salt.repeat(20)), await publish(alice, kind, salt.repeat(20))]
    expect(long[1]?.slug).toMatch(/-\d+$/)
    for (const { slug } of long) expect(slug.length).toBeLessThanOrEqual(80)
  })

  test('keeps its counts under a crowd', async () => {
    const { id } = await publish(alice, kind)
    const crowd = await Promise.all(Array.from({ length: 8 }, (_, i) => world.join(`${alice.username}_fan${i}`)))
    const acts = crowd.flatMap((who) =>
      ['follow', 'follow', 'follow', 'vote', 'vote', 'vote', 'suspend'].map(
        (act) => () => who.post(`/${kind}/${id}/${act}/`),
      ),
    )
    const answers = await Promise.all(acts.sort(() => Math.random() - 0.5).map((act) => act()))
    expect(answers.map(({ status }) => status)).toEqual(acts.map(() => 204))
    expect((await alice.get(`/${kind}/${id}/`)).body).toMatchObject({ follower_count: 8, vote_count: 8 })
    await world.told()
  })
})

describe('a text', () => {
  test('may be left out of a discussion, whose title says what it is about, and of nothing else', async () => {
    for (const sent of [{}, { text: '' }, { text: '<p><br></p>' }]) {
      const title = `Anyone? ${Math.random().toString(36).slice(2)}`
      const made = await alice.post('/discussion/', { title, ...sent })
      expect([made.status, made.body]).toMatchObject([201, { title, html: '', summary: '', slug: slugOf(title) }])
      expect(await world.told()).toMatchObject([{ type: 'discussion.created', data: { title, html: '' } }])
      const { body } = await bob.get(`/discussion/search/?search=${title.split(' ')[1]}`)
      expect(body.results[0].matches[0].object.id).toBe(made.body.id)
      expect((await alice.put(`/discussion/${made.body.id}/`, { title })).status).toBe(200)
      expect((await alice.post('/discussion/', { title: ' ', ...sent })).body.errors[0].field).toBe('title')
      for (const kind of ['post', 'status'])
        expect((await alice.post(`/${kind}/`, sent)).body.errors[0].field).toBe('text')
    }
    expect(await world.told()).toEqual([])
  })
})

describe('who may publish', () => {
  test('is said by the community', async () => {
    await world.set({ post_only_staff_enabled: true })
    expect((await alice.post('/post/', content('post'))).body.errors[0].code).toBe('only_staff')
    expect((await world.admin.post('/post/', content('post'))).status).toBe(201)
    await world.set({ post_only_staff_enabled: false })
  })

  test('is nobody who is blocked, who may still follow', async () => {
    const { id } = await publish(alice, 'post')
    await world.db.query(`update users set status = 'b' where id = $1`, [bob.id])
    world.kith.actors.forget(bob.id)
    expect((await bob.post('/post/', content('post'))).status).toBe(403)
    expect((await bob.post(`/post/${id}/vote/`)).status).toBe(403)
    expect((await bob.post(`/post/${id}/follow/`)).status).toBe(204)
  })

  test('visitors read where content is open, and nowhere else', async () => {
    const { id } = await publish(alice, 'status')
    expect((await world.visitor.get(`/status/${id}/`)).status).toBe(200)
    expect((await world.visitor.get('/status/')).status).toBe(200)
    await world.set({ content_availability: false })
    expect((await world.visitor.get(`/status/${id}/`)).status).toBe(401)
    await world.set({ content_availability: true })
  })
})

describe('what is sent', () => {
  test.each([
    [{}, 'text'],
    [{ text: '' }, 'text'],
    [{ text: '<p> </p>' }, 'text'],
    [{ text: 'x', medias: [1] }, 'medias'],
    [{ text: 'x', categories: [987654] }, 'categories'],
    [{ text: 'x', poll: { title: 'x' } }, 'poll'],
    [{ text: 'x', location: { location: 'Rome', lat: 1, lng: 2 } }, 'location'],
    [{ text: 'x', group: 3 }, 'group'],
  ])('%j is refused by name', async (body, field) => {
    const answer = await alice.post('/post/', body)
    expect([answer.status, answer.body.errors[0].field], answer.text).toEqual([400, field])
  })

  test('may have a place, where the community likes that', async () => {
    await world.set({ post_geolocation_enabled: true })
    const answer = await alice.post('/post/', { text: 'x', location: { location: 'Rome', lat: 41.9, lng: 12.5 } })
    expect(answer.body.location).toEqual({ location: 'Rome', lat: 41.9, lng: 12.5 })
    await world.set({ post_geolocation_enabled: false })
  })
})
