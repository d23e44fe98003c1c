import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  const [alice, bob] = await world.strangers()
  const { body: category } = await ok(admin.post('/category/', { name: 'Queens' }))
  await ok(admin.patch('/dynamic_preference/', { post_geolocation_enabled: true }))
  for (const kind of ['status', 'post', 'discussion']) {
    const text = `<p>Late! <mention id="${bob.id}">@bob</mention></p>`
    const location = { location: 'Oxford', lat: 51.75, lng: -1.25 }
    const content = { text, location, categories: [category.id], ...(kind === 'discussion' && { title: 'Time' }) }
    const { body } = await ok(alice.post(`/${kind}/`, content))
    const path = `/${kind}/${body.id}`
    await ok(alice.put(`${path}/`, { ...content, text: '<p>Very late!</p>' }))
    for (const act of ['follow', 'follow', 'suspend', 'suspend', 'vote', 'vote']) await ok(bob.post(`${path}/${act}/`))
    await ok(alice.delete(`${path}/`))
    await ok(alice.post(`${path}/restore/`))
  }
  const { body: tag } = await ok(admin.post('/tag/', { type: 'user', name: 'Croquet' }))
  await ok(admin.post('/post/', { text: 'Off with their heads', categories: [category.id], addressing: [tag.id] }))
}
