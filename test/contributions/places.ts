import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { ok } from '../support/ok.ts'
import { type Person, type World, walk } from '../support/world.ts'

/** Lists of other slices in which contributions are shown: each names its own in its `places.ts`. */
const tests = join(import.meta.dirname, '..')
const elsewhere: string[] = []
for (const file of globSync('*/places.ts', { cwd: tests }).sort())
  if (!file.startsWith('contributions'))
    elsewhere.push(...((await import(pathToFileURL(join(tests, file)).href)) as { lists: string[] }).lists)

/** What is in all that she writes, and in nothing else. */
export const wordOf = (alice: Person) => `zebrafink${alice.id}`

/**
 * Alice writes in every way there is; the rest is Carla's. What is given are the addresses at which others find it.
 * @param more what else is said of the contributions that are Alice's
 */
export async function write({ admin }: World, alice: Person, carla: Person, readers: Person[], more: object = {}) {
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
  const { id } = await publish(alice, { medias: [shared, embedded], poll, ...more })
  await publish(alice, { text: `${word} alone`, ...more })
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
      ...[`/comment/?user=${alice.id}`, ...elsewhere],
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
    id,
  }
}

/** All those addresses. */
export type Places = Awaited<ReturnType<typeof write>>

/** Whether somebody finds what was written at all those addresses: the same everywhere, and every count says so. */
export async function finds(who: Person, alice: Person, { lists, addresses, names, hers }: Places) {
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
