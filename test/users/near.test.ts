import { afterAll, beforeAll, expect, test } from 'vitest'
import { boxesAround } from '../../src/users/near.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  for (const [name, at] of Object.entries(places))
    await world.db.query(
      `insert into users (username, date_joined, folded_real_name, sort_name, location_lat_lng) values ($1, now(), '', $1, $2)`,
      [name, at],
    )
})
afterAll(() => world.end())

const places: Record<string, string> = {
  milan: '45.4642,9.19',
  monza: '45.5845,9.2744',
  lodi: '45.31,9.5',
  turin: '45.0703,7.6869',
  suva: '-18.1416,178.4419',
  taveuni: '-16.8,-179.97',
  pole: '89.999,0',
  beyond: '89.9,-170',
  nowhere: '999,999',
  zero: '0,0',
}
const cadorna = '45.468,9.175'

const namesOf = ({ results }: { results: object[] }) => results.map((each) => (each as Person).username)
const found = async (query: string, who: Person = world.visitor) => namesOf(await walk(who, `/user/search/?${query}`))

test('members are found around a place, the nearest first, page by page', async () => {
  expect(await found(`lat_lng=${cadorna}&ordering=distance&limit=1`)).toEqual(['milan', 'monza', 'lodi'])
  expect(await found(`lat_lng=${cadorna}&ordering=-distance&limit=2`)).toEqual(['lodi', 'monza', 'milan'])
  expect(await found(`lat_lng=${cadorna}`)).toEqual(['lodi', 'milan', 'monza'])
  expect(await found(`lat_lng=${cadorna}&radius=10`)).toEqual(['milan'])
  expect(await found(`lat_lng=${cadorna}&radius=200&ordering=distance&gender=Unspecified`)).toEqual([
    'milan',
    'monza',
    'lodi',
    'turin',
  ])
  const first = (await world.visitor.get(`/user/search/?lat_lng=${cadorna}&ordering=distance&limit=2`)).body
  expect(first.count).toBe(3)
  const second = (await world.visitor.get(first.next)).body
  expect(namesOf((await world.visitor.get(second.previous)).body)).toEqual(['milan', 'monza'])
  expect(await found('lat_lng=0.1,0.1')).toEqual(['zero'])
})

test('around a pole and over the other side of the globe, too', async () => {
  expect(await found('lat_lng=-17,179.9&radius=400&ordering=distance')).toEqual(['taveuni', 'suva'])
  expect(await found('lat_lng=-17,-179.9&radius=30')).toEqual(['taveuni'])
  expect(await found('lat_lng=90,120&ordering=distance')).toEqual(['pole', 'beyond'])
  expect(await found('lat_lng=89.95,10&ordering=distance')).toEqual(['pole', 'beyond'])
  expect(await found('lat_lng=-90,0&radius=1000')).toEqual([])
})

test('the boxes hold all that is near enough, wherever that is', () => {
  let seed = 7
  const random = () => {
    seed = (seed * 16807) % 2147483647
    return seed / 2147483647
  }
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  for (let i = 0; i < 20_000; i++) {
    const [lat, lng, km] = [180 * random() - 90, 360 * random() - 180, 1 + Math.floor(1_000 * random())]
    // A place on the rim, in some direction.
    const [way, far] = [2 * Math.PI * random(), (km * 0.9999) / 6371.0088]
    const sine = Math.sin(radians(lat)) * Math.cos(far) + Math.cos(radians(lat)) * Math.sin(far) * Math.cos(way)
    const turn = Math.atan2(
      Math.sin(way) * Math.sin(far) * Math.cos(radians(lat)),
      Math.cos(far) - Math.sin(radians(lat)) * sine,
    )
    const there = [(Math.asin(sine) * 180) / Math.PI, ((lng + (turn * 180) / Math.PI + 540) % 360) - 180] as const
    const [, , , ...boxes] = boxesAround(lat, lng, km) as [number, number, number, ...number[]]
    const held = [boxes.slice(0, 4), boxes.slice(4)].some(
      ([west = 0, south = 0, east = 0, north = 0]) =>
        there[1] >= west && there[1] <= east && there[0] >= south && there[0] <= north,
    )
    if (!held) throw new Error(`${there} is ${km} km from ${lat},${lng}, and in none of ${boxes}`)
  }
})

test('a member searches around where they are: around their position, else around the place they name', async () => {
  const { alice, carla } = world
  const search = 'user_position=true&ordering=distance'
  const none = await alice.get(`/user/search/?${search}`)
  expect([none.status, none.body.errors[0].field]).toEqual([400, 'user_position'])
  await ok(alice.patch('/user/me/', { location_lat_lng: '45.4642,9.19' }))
  expect(await found(search, alice)).toEqual(['alice', 'milan', 'monza', 'lodi'])
  await ok(alice.patch('/user/me/', { position_lat_lng: '45.07,7.69' }))
  expect(await found(search, alice)).toEqual(['alice', 'turin'])
  expect(await found(`${search}&lat_lng=${cadorna}`, alice)).toEqual(['milan', 'monza', 'lodi'])
  // Nobody is found who is not there for the one who looks, nor where they have not said they are.
  await ok(alice.post(`/user/${carla.id}/hide/`))
  await ok(carla.patch('/user/me/', { location_lat_lng: '45.07,7.69' }))
  expect(await found(search, alice)).toEqual(['alice', 'turin'])
  expect(await found(search, carla)).toEqual(['carla', 'turin'])
  await ok(alice.post(`/user/${carla.id}/hide/`))
  await ok(world.admin.delete(`/user/${carla.id}/?hard=1`))
  expect(await found(search, alice)).toEqual(['alice', 'turin'])
  await world.told()
})

test('what cannot be is refused by name', async () => {
  const codes = async (query: string, who: Person = world.visitor) => {
    const { status, body } = await who.get(`/user/search/?${query}`)
    return [status, ...(body.errors ?? []).map(({ field }: { field: string }) => field)]
  }
  expect(await codes('ordering=distance')).toEqual([400, 'ordering'])
  expect(await codes('ordering=-distance&lat_lng=')).toEqual([400, 'ordering'])
  expect(await codes('user_position=true')).toEqual([400, 'user_position'])
  for (const sent of ['91,0', '0,181', '45', '45;9', 'here', '1e1,2', '999,999'])
    expect(await codes(`lat_lng=${sent}`)).toEqual([400, 'lat_lng'])
  for (const sent of ['0', '1001', 'far']) expect(await codes(`lat_lng=1,1&radius=${sent}`)).toEqual([400, 'radius'])
  expect((await world.visitor.get('/user/autocomplete/?ordering=distance')).status).toBe(400)
})

test('whoever is far away costs nothing: an index finds who is near', async () => {
  const { db } = world
  await db.query(
    `insert into users (username, date_joined, folded_real_name, sort_name, location_lat_lng)
     select 'far_' || n, now(), '', 'far', (n % 80) || '.5,' || (20 + n % 150) from generate_series(1, 20000) n`,
  )
  await db.query('analyze users, member_place')
  const plan = await db.query('explain select from member_place where place <@ box(point(9, 45), point(10, 46))')
  expect(JSON.stringify(plan)).toContain('member_place_near')
  expect(await found(`lat_lng=${cadorna}&ordering=distance`)).toEqual(['milan', 'monza', 'lodi'])
})
