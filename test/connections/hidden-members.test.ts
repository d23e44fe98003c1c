import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let author: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
  await world.set({ polls_enabled: true })
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[author, bob, carla] = await world.strangers()
})

/** Bob and Carla do the same with something of the author's; the answer is the list of who has. */
const lists: Record<string, () => Promise<string>> = {}
for (const kind of ['status', 'post', 'discussion'])
  lists[`votes for a ${kind}`] = async () => {
    const { id } = (await ok(author.post(`/${kind}/`, { title: 'Tea', text: 'Tea' }))).body
    for (const who of [bob, carla]) await ok(who.post(`/${kind}/${id}/vote/`))
    return `/${kind}/${id}/vote/`
  }
lists['votes for a comment'] = async () => {
  const { id: post } = (await ok(author.post('/post/', { text: 'Tea' }))).body
  const { id } = (await ok(author.post('/comment/', { post, text: 'Green' }))).body
  for (const who of [bob, carla]) await ok(who.post(`/comment/${id}/vote/`))
  return `/comment/${id}/vote/`
}
lists['votes of one reaction'] = async () => {
  const { id } = (await ok(author.post('/post/', { text: 'Tea' }))).body
  for (const who of [bob, carla]) await ok(who.post(`/post/${id}/vote/?reaction=2`))
  return `/post/${id}/vote/?reaction=2`
}
for (const ofChoice of [false, true])
  lists[`votes in a poll${ofChoice ? ', for one choice' : ''}`] = async () => {
    const poll = { title: 'Which?', choices: [{ choice: 'Green' }, { choice: 'Black' }] }
    const { body } = await ok(author.post('/post/', { text: 'Tea', poll }))
    const choice = body.poll.choices[0].id
    for (const who of [bob, carla]) await ok(who.post(`/post/${body.id}/poll/vote/`, { choice }))
    return `/post/${body.id}/poll/vote/${ofChoice ? `?choice=${choice}` : ''}`
  }
lists.contributors = async () => {
  const { id: post } = (await ok(author.post('/post/', { text: 'Tea' }))).body
  for (const who of [bob, carla]) await ok(who.post('/comment/', { post, text: 'Green' }))
  return `/post/${post}/contributors/`
}
lists['followers of a category'] = async () => {
  const { id } = (await ok(world.admin.post('/category/', { name: `Tea ${author.id}` }))).body
  for (const who of [bob, carla]) await ok(who.post(`/category/${id}/follow/`))
  return `/category/${id}/followers/`
}

describe.each(Object.entries(lists))('among the %s', (_, make) => {
  test('nobody is who is hidden from the one who looks, and the count says so', async () => {
    const path = await make()
    const seenBy = async (who: Person) => {
      const { count, results } = await walk(who, `${path}${path.includes('?') ? '&' : '?'}limit=1`)
      expect(results.length).toBe(count)
      return results.map((each) => ('user' in each ? (each.user as Person) : (each as Person)).id).sort()
    }
    const both = [bob.id, carla.id].sort()
    expect(await seenBy(author)).toEqual(both)
    await ok(author.post(`/user/${bob.id}/hide/`))
    expect(await seenBy(author)).toEqual([carla.id])
    await ok(bob.post(`/user/${carla.id}/hide/`))
    expect(await seenBy(carla)).toEqual([carla.id])
    expect(await seenBy(world.alice)).toEqual(both)
    await ok(author.post(`/user/${bob.id}/hide/`))
    expect(await seenBy(author)).toEqual(both)
    await ok(world.admin.delete(`/user/${bob.id}/?hard=1`))
    expect(await seenBy(author)).toEqual([carla.id])
  })
})
