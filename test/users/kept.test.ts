import { afterAll, beforeAll, expect, test } from 'vitest'
import { keptFields as keptCategoryFields } from '../../src/categories/views.ts'
import { flagsFor, view } from '../../src/community/flags.ts'
import { type Field, renderSql, unkept } from '../../src/platform/sql/view.ts'
import { keptFields } from '../../src/users/views.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

test('what a member’s row keeps rendered is what the views declare, whatever is in it', async () => {
  const { db, alice, bob, carla, admin } = world
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
  await compare(keptFields, 'users u')
  expect((await bob.get(`/user/${alice.id}/`)).body.bio).toBe('line\nbreak \t tab \u2028 \u0001 🐇 </script>')
})

test('so is what a category’s row keeps', async () => {
  const { db, admin } = world
  await ok(
    admin.post('/category/', {
      name: 'The "image_original":"/ of it',
      html_info: '<p>"image_bigger":"/x" \\ \u2028</p>',
      slogan: '',
      auto_follow: 'default',
      content_only_staff: true,
      active: false,
      order: -3,
    }),
  )
  await ok(admin.post('/category/', { name: 'Gärten' }))
  await ok(admin.post('/category/', { name: 'Elsewhere' }))
  await db.query(`update category set image_original = '/files/a"b/original.png', emotional_image_original = '/files/e.png',
    name_synonyms = null, slogan = null where name = 'Gärten'`)
  await db.query(`update category set image_original = 'https://elsewhere.example/original.png',
    emotional_image_original = 'https://elsewhere.example/e.png' where name = 'Elsewhere'`)
  await compare(keptCategoryFields, 'category')
})

/** Compares what rows keep with what is rendered of them now. */
async function compare(kept: Record<string, Record<string, Field<never>>>, from: string): Promise<void> {
  const shown = flagsFor(world.kith.community.current(), true)
  for (const [column, fields] of Object.entries(kept)) {
    const declared = renderSql(view(column, '', unkept(fields) as never), shown)
    const rows = await world.db.query<{ kept: string; fresh: string }>(
      `select '{' || ${column} || '}' as kept, ${declared} as fresh from ${from} order by id`,
    )
    expect(rows.length).toBeGreaterThan(2)
    for (const { kept, fresh } of rows) {
      expect(JSON.parse(kept)).toEqual(JSON.parse(fresh))
      expect(Object.keys(JSON.parse(kept))).toEqual(Object.keys(fields))
    }
  }
}
