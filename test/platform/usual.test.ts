import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { conditionOf, createUsual, takeUsual, unusual, usually } from '../../src/platform/sql/usual.ts'
import { dice } from '../../torture/storm.ts'
import { ok } from '../support/ok.ts'
import { often, seedOr, within } from '../support/soak.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

describe('SQL with a shorter text', () => {
  const nobody = usually('«viewer»', ['not exists (hidden)'], 'true', 'seen')
  const both = `select ${usually(null, ['not exists (addressed)'], `open ${nobody}`, `any ${nobody}`)}`

  test('says in the shorter text all that has to hold for it', () => {
    expect(takeUsual(true, both)).toEqual({
      sql: 'select open true',
      conditions: ['not exists (addressed)', 'not exists (hidden)'],
    })
    expect(takeUsual(false, both)).toEqual({ sql: 'select any seen', conditions: [] })
  })

  test('needs nothing of what is only in the other', () => {
    const other = usually(null, ['outer'], 'plain', usually(null, ['inner'], 'shorter', 'longer'))
    expect(takeUsual(true, other)).toEqual({ sql: 'plain', conditions: ['outer'] })
    expect(takeUsual(false, other)).toEqual({ sql: 'longer', conditions: [] })
  })

  test('names a condition once, wherever it is needed', () => {
    expect(takeUsual(true, `${nobody} and ${nobody}`)).toEqual({
      sql: 'true and true',
      conditions: ['not exists (hidden)'],
    })
  })

  test('has one text where what holds differs from row to row', () => {
    expect(usually('c.author_id', ['not exists (hidden)'], 'true', 'seen')).toBe('seen')
  })
})

describe('what is asked as it usually is', () => {
  const hides = conditionOf('not exists (what «viewer» hides)')
  const addressed = conditionOf('not exists (addressed)')

  /** Answers what is in turn; what was asked is in `asked`. */
  function start(answers: Record<'usual' | 'general', { held: string; text: string } | null>) {
    const asked: string[] = []
    let at = 0
    const usual = createUsual(false, () => at)
    const ask = (viewer: number) =>
      usual.ask(
        [hides, addressed],
        { viewer },
        async (usual) => {
          asked.push(`${viewer} ${usual ? 'usual' : 'general'}`)
          return answers[usual ? 'usual' : 'general']
        },
        (answer) => answer && { ...answer, whole: () => answer.text },
      )
    const pass = (ms: number) => {
      at += ms
    }
    return { ask, asked, usual, pass }
  }
  const general = { held: '', text: 'general' }

  test('is asked once where all holds', async () => {
    const { ask, asked, usual } = start({ usual: { held: 'tt', text: 'usual' }, general })
    expect((await ask(1))?.text).toBe('usual')
    expect((await ask(1))?.text).toBe('usual')
    expect([asked, usual.figures]).toEqual([['1 usual', '1 usual'], { asked: 2, again: 0 }])
  })

  test('is asked for whom it does not hold in the other text, a minute long', async () => {
    const { ask, asked, pass } = start({ usual: { held: 'ft', text: 'usual' }, general })
    expect((await ask(1))?.text).toBe('general')
    pass(59_999)
    expect((await ask(1))?.text).toBe('general')
    expect((await ask(2))?.text).toBe('general')
    pass(2)
    expect((await ask(1))?.text).toBe('general')
    expect(asked).toEqual(['1 usual', '1 general', '1 general', '2 usual', '2 general', '1 usual', '1 general'])
  })

  test('is asked for nobody if what does not hold is about nobody', async () => {
    const { ask, asked } = start({ usual: { held: 'tf', text: 'usual' }, general })
    await ask(1)
    await ask(2)
    expect(asked).toEqual(['1 usual', '1 general', '2 general'])
  })

  test('is asked again where something unusual is named, or nothing is found', async () => {
    for (const found of [{ held: 'tt', text: `so${unusual.character}` }, null]) {
      const { ask, asked } = start({ usual: found, general })
      expect((await ask(1))?.text).toBe('general')
      expect((await ask(1))?.text).toBe('general')
      expect(asked).toEqual(['1 usual', '1 general', '1 usual', '1 general'])
    }
  })
})

const lists = [
  ...['status', 'post', 'discussion'].flatMap((kind) => [`/${kind}/`, `/${kind}/uncommented/`, `/${kind}/following/`]),
  ...['/feed/', '/feed/explore/', '/category/1/feed/', '/category/1/followers/', '/user/', '/user/me/connections/'],
  ...['/user/connection/requests/', '/user/me/feed/', '/user/hidden/', '/notification/', '/post/search/?search=tea'],
  ...['/suggestion/poll/', '/suggestion/user/', '/category/1/audience/'],
]

describe('lists of a community in which little is hidden', () => {
  let world: World
  let people: Person[]
  let leaving: Person
  beforeAll(async () => {
    // What is asked in the shorter text is compared with the other: one that differs is a 500.
    world = await createWorld({}, { compareFragments: true })
    const { alice, bob, carla, admin } = world
    people = [alice, bob, carla, await world.join('dan')]
    await ok(admin.post('/category/', { name: 'Tea' }))
    await ok(admin.post('/tag/', { type: 'user', name: 'gold', color: '#abcdef' }))
    await world.db.query(`update users set tag_ids = '{1}'`)
    leaving = await world.join('erin')
    for (const who of [...people, leaving]) await ok(who.post('/category/1/follow/'))
    await ok(leaving.post('/post/', { text: 'Tea', categories: [1] }))
    for (const who of [bob, carla]) {
      await ok(who.post(`/user/${alice.id}/connection/request/`))
      await ok(alice.post(`/user/${who.id}/connection/accept/`))
    }
  })
  afterAll(() => world?.end())

  const seed = seedOr(141_421)
  test(
    'are the same in both texts, whatever is hidden, shown again, addressed and deleted meanwhile',
    async () => {
      onTestFailed(() => console.error(`It failed with SEED=${seed}`))
      const roll = dice(seed)
      const upTo = (n: number) => Math.floor(roll() * n)
      const pick = <Each>(all: readonly Each[]) => all[upTo(all.length)] as Each
      const things: { kind: string; id: number; author: Person }[] = []
      const said: { id: number; author: Person }[] = []
      /** Who reads more often, since something is hidden from them. */
      let concerned: Person | undefined
      let back: (() => Promise<unknown>) | undefined
      const publish = async (addressing: number[], drafts = true) => {
        const [author, kind] = [pick(people), pick(['status', 'post', 'discussion'])]
        const draft = drafts && upTo(9) === 0
        const sent = {
          text: `Tea ${upTo(99)}`,
          title: 'Tea',
          categories: [1],
          addressing,
          ...(draft && { draft: true }),
        }
        const { id } = (await ok(author.post(`/${kind}/`, sent))).body
        things.push({ kind, id, author })
        return { id, kind, author }
      }
      /** What is seldom so: it is taken back by the next. */
      const seldom: (() => Promise<() => Promise<unknown>>)[] = [
        async () => {
          concerned = pick(people)
          const [one, other] = [concerned, pick(people.filter((each) => each !== concerned))]
          const hide = () => ok(one.post(`/user/${other.id}/hide/`))
          await hide()
          return hide
        },
        async () => {
          const { kind, id, author } = await publish([], false)
          concerned = pick(people.filter((each) => each !== author))
          const hide = () => ok((concerned as Person).post(`/${kind}/${id}/hide/`))
          await hide()
          return hide
        },
        async () => {
          const { kind, id, author } = await publish([1], upTo(2) === 0)
          return () => author.delete(`/${kind}/${id}/`)
        },
        async () => {
          const { id } = pick(people)
          await world.db.query(`update users set tag_ids = '{}' where id = $1`, [id])
          return () => world.db.query(`update users set tag_ids = '{1}' where id = $1`, [id])
        },
        async () => {
          const one = pick(people)
          const other = pick(people.filter((each) => each !== one))
          await world.db.query('insert into hidden_author values ($1, $2)', [one.id, other.id])
          return () => world.db.query('delete from hidden_author')
        },
        async () => {
          // Who is being erased does nothing any more: this is the one who is not asked to.
          await world.db.query('insert into erasure (member_id, began) values ($1, now())', [leaving.id])
          return () => world.db.query('delete from erasure')
        },
      ]
      const acts: (() => Promise<unknown>)[] = [
        () => publish([]),
        async () => {
          const { kind, id } = pick(things)
          const author = pick(people)
          const { status, body } = await author.post('/comment/', { [kind]: id, text: 'Tea' })
          if (status === 201) said.push({ id: body.id, author })
        },
        async () => pick(people).post(`/${pick(things).kind}/${pick(things).id}/vote/`),
        async () => {
          const { kind, id, author } = pick(things)
          await author.delete(`/${kind}/${id}/`)
        },
        ...Array<() => Promise<unknown>>(4).fill(async () => {
          await back?.()
          back = await pick(seldom)()
        }),
        async () => {
          await back?.()
          back = undefined
        },
      ]
      await publish([])
      for (let i = 0; i < often(200); i++) {
        const answer = await pick(acts)()
        if (answer && typeof answer === 'object' && 'status' in answer) expect(answer.status).not.toBe(500)
        for (let j = 0; j < 4; j++) {
          const { kind, id } = pick(things)
          const ofOne = [
            `/${kind}/${id}/`,
            `/${kind}/${id}/related/`,
            `/comment/?${kind}=${id}`,
            `/${kind}/${id}/vote/`,
          ]
          const comment = said.length ? [`/comment/${pick(said).id}/`] : []
          const path = pick([...lists, ...ofOne, ...ofOne, ...comment, `/user/${pick(people).id}/feed/`])
          const reader = (upTo(2) && concerned) || pick([...people, world.admin, world.visitor])
          const { status, text } = await reader.get(path)
          expect(status, `${path} ${text}`).toBeLessThan(500)
        }
      }
      const { asked, again } = world.db.usual?.figures ?? { asked: 0, again: 0 }
      expect(again).toBeGreaterThan(asked / 20)
      expect(again).toBeLessThan(asked * 0.7)
    },
    within(120_000),
  )
})

describe('a page', () => {
  let world: World
  beforeAll(async () => {
    // No part of it is cached: whether parts are depends on who else writes in this PostgreSQL.
    world = await createWorld({}, { fragments: 0 })
  })
  afterAll(() => world?.end())

  test('costs one statement, for who hides somebody too, but for the first', async () => {
    const { alice, bob, carla } = world
    await ok(bob.post('/status/', { text: 'Of Bob' }))
    await ok(carla.post('/status/', { text: 'Of Carla' }))
    const read = async (who: Person) => {
      const before = world.kith.db.ran.statements
      const { body } = await ok(who.get('/status/?limit=5'))
      return [body.results.map((each: { html: string }) => each.html), world.kith.db.ran.statements - before]
    }
    const all = ['<p>Of Carla</p>', '<p>Of Bob</p>']
    await read(alice)
    await read(bob)
    expect(await read(alice)).toEqual([all, 1])
    await ok(alice.post(`/user/${bob.id}/hide/`))
    expect(await read(alice)).toEqual([['<p>Of Carla</p>'], 2])
    expect(await read(alice)).toEqual([['<p>Of Carla</p>'], 1])
    expect(await read(bob)).toEqual([all, 2])
    expect(await read(carla)).toEqual([all, 1])
  })
})
