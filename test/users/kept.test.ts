import { afterAll, beforeAll, expect, test } from 'vitest'
import { flagsFor, view } from '../../src/community/flags.ts'
import { renderSql } from '../../src/platform/sql/view.ts'
import { keptFields } from '../../src/users/views.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

test('what a member’s row keeps rendered is what the views declare, whatever is in it', async () => {
  const { db, alice, bob, carla, admin } = world
  const shown = flagsFor(world.kith.community.current(), true)
  const changed = await alice.patch('/user/me/', {
    real_name: 'Alice "in" \\ Wonderland',
    bio: 'line\nbreak \t tab \u2028 \u0001 🐇 </script>',
    location: 'Oxford, Großbritannien',
    location_lat_lng: '51.75,-1.25',
    date_of_birth: '1852-05-04',
    gender: 'Female',
    website: 'https://alice.example/?a=b&c=d',
    company_name: 'Tea & Co',
    company_role: '"Guest"',
  })
  expect(changed.status, changed.text).toBe(200)
  await db.query(
    `update users set avatar = 'a"b.png', cover = 'c', ext_id = 'x"1', role = 'moderator', community_badge = true,
      reputation = -3 where id = $1`,
    [alice.id],
  )
  await admin.delete(`/user/${carla.id}/`)
  for (const [column, fields] of Object.entries(keptFields)) {
    const unkept = Object.fromEntries(
      Object.entries(fields).map(([key, field]) => [key, { ...field, kept: undefined }]),
    )
    const declared = renderSql(view(column, '', unkept), shown)
    const rows = await db.query<{ kept: string; fresh: string }>(
      `select '{' || ${column} || '}' as kept, ${declared} as fresh from users u order by id`,
    )
    expect(rows).toHaveLength(4)
    for (const { kept, fresh } of rows) {
      expect(JSON.parse(kept)).toEqual(JSON.parse(fresh))
      expect(Object.keys(JSON.parse(kept))).toEqual(Object.keys(fields))
    }
  }
  expect((await bob.get(`/user/${alice.id}/`)).body.bio).toBe('line\nbreak \t tab \u2028 \u0001 🐇 </script>')
})
