import { afterAll, beforeAll, expect, test } from 'vitest'
import { unseenAuthors } from '../../src/contributions/seen.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

// One rule of who sees whose contributions: what one hides, or is hidden by, is in no list, no count and at no address.

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ share_post_enabled: true, polls_enabled: true })
})
afterAll(() => world.end())

/** What is in all that she writes, and in nothing else. */
const wordOf = (alice: Person) => `zebrafink${alice.id}`

/** Alice writes in every way there is; the rest is Carla's. What is given are the addresses at which others find it. */
async function write(alice: Person, carla: Person, readers: Person[]) {
  const { admin } = world
  const word = wordOf(alice)
  const category = (await ok(admin.post('/category/', { name: `Birds ${alice.id}` }))).body.id
  const embed = (await ok(admin.post('/embed/', { embed_type: 'film', embed_id: `f${alice.id}` }))).body
  const publish = async (who: Person, sent: object) =>
    (await ok(who.post('/post/', { text: word, categories: [category], ...sent }))).body
  const media = async (sent: object) => (await ok(alice.post('/media/', sent))).body.id
  const hers = await publish(carla, { text: 'Mine' })
  const shared = await media({ type: 'share', shared_object: hers.id })
  const embedded = await media({ type: 'embed', embed: { embed_type: 'film', embed_id: embed.embed_id } })
  const poll = { title: 'Which?', choices: [{ choice: 'Seed' }, { choice: 'Fruit' }] }
  const { id } = await publish(alice, { medias: [shared, embedded], poll })
  await publish(alice, { text: `${word} alone` })
  const comment = (await ok(alice.post('/comment/', { post: hers.id, text: word }))).body.id
  const own = (await ok(alice.post('/comment/', { post: id, text: word }))).body.id
  for (const who of readers) {
    await ok(who.post(`/post/${id}/follow/`))
    await ok(who.post(`/category/${category}/follow/`))
  }
  return {
    lists: [
      ...['', 'uncommented/', 'following/', `search/?search=${word}`].map((list) => `/post/${list}`),
      ...[`/post/${hers.id}/related/`, `/post/${hers.id}/shares/`, `/comment/?post=${hers.id}`],
      ...[`/category/${category}/feed/`, '/feed/', '/feed/explore/', `/embed/${embed.id}/feed/`],
      ...[`/category/${category}/feed/trending/`, `/embed/feed/?embed_type=film&embed_id=${embed.embed_id}`],
      ...['/suggestion/poll/', `/comment/?user=${alice.id}`],
    ],
    addresses: [
      ...['', 'vote/', 'poll/vote/', 'contributors/', 'shares/', 'shares_users/', 'related/'].map(
        (of) => `/post/${id}/${of}`,
      ),
      ...[`/comment/?post=${id}`, `/comment/${own}/vote/`],
      ...[`/comment/${own}/`, `/comment/${comment}/`, `/media/${embedded}/`, `/user/${alice.id}/feed/`],
    ],
    names: [`/post/${hers.id}/shares_users/`, `/post/${hers.id}/contributors/`],
    hers: hers.id,
  }
}

/** Whether somebody finds what was written at all those addresses: the same everywhere, and every count says so. */
async function finds(who: Person, alice: Person, { lists, addresses, names, hers }: Awaited<ReturnType<typeof write>>) {
  const word = wordOf(alice)
  const found: [string, boolean][] = []
  for (const path of [...lists, ...names]) {
    const { count, results } = await walk(who, path)
    if (count !== undefined) expect(count, `${path} for ${who.username}`).toBe(results.length)
    found.push([path, JSON.stringify(results).includes(names.includes(path) ? alice.username : word)])
  }
  const alike = await ok(who.post('/feed/likethis/', { object: [hers] }))
  expect(alike.body.count).toBe(alike.body.results.length)
  found.push(['likethis', alike.text.includes(word)])
  for (const path of addresses) found.push([path, (await who.get(path)).status === 200])
  const [[, first] = []] = found
  expect(found, who.username).toEqual(found.map(([path]) => [path, first]))
  return first
}

test('neither of two of whom one hides the other finds what the other writes, in anything', async () => {
  const [alice, bob, carla] = await world.strangers()
  const places = await write(alice, carla, [bob])
  expect(await finds(bob, alice, places)).toBe(true)
  for (const [one, other] of [
    [bob, alice],
    [alice, bob],
  ] as const) {
    await ok(one.post(`/user/${other.id}/hide/`))
    expect(await finds(bob, alice, places)).toBe(false)
    await ok(one.post(`/user/${other.id}/hide/`))
    expect(await finds(bob, alice, places)).toBe(true)
  }
  // It stays so once a member has left whom one hid; not what members hid who have left.
  await ok(bob.post(`/user/${alice.id}/hide/`))
  await ok(alice.delete(`/user/${alice.id}/`))
  const there = { ...places, addresses: places.addresses.filter((path) => !path.startsWith('/user/')) }
  expect(await finds(bob, alice, { ...there, lists: there.lists.filter((path) => !path.includes('user=')) })).toBe(
    false,
  )
})

test('those who moderate see what members write who hide them, but not what they hide themselves', async () => {
  const [alice, mona, carla] = await world.strangers()
  await world.db.query(`update users set role = 'moderator' where id = $1`, [mona.id])
  const places = await write(alice, carla, [mona])
  await ok(alice.post(`/user/${mona.id}/hide/`))
  expect(await finds(mona, alice, places)).toBe(true)
  await ok(mona.post(`/user/${alice.id}/hide/`))
  expect(await finds(mona, alice, places)).toBe(false)
  await ok(mona.post(`/user/${alice.id}/hide/`))
  await world.db.query('update users set role = null where id = $1', [mona.id])
  expect(await finds(mona, alice, places)).toBe(false)
})

test('of whom somebody sees nothing is read from an index that has nobody else', async () => {
  const plan = await world.db.transaction(async (tx) => {
    await tx.query('set local enable_seqscan = off')
    return tx.query(`explain (costs off) ${unseenAuthors(String(world.alice.id))}`)
  })
  expect(JSON.stringify(plan)).toMatch(/Scan using relation_hidden|Bitmap Index Scan on relation_hidden/)
})
