import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const [alice, bob] = await world.strangers()
  for (const kind of ['status', 'post', 'discussion']) {
    const { body } = await ok(
      alice.post(`/${kind}/`, { text: 'Tea?', ...(kind === 'discussion' && { title: 'Time' }) }),
    )
    const text = `<p>Yes <mention id="${alice.id}">@alice</mention></p>`
    const { body: comment } = await ok(bob.post('/comment/', { [kind]: body.id, text }))
    const { body: reply } = await ok(alice.post('/comment/', { [kind]: body.id, parent: comment.id, text: 'Good' }))
    await ok(bob.post('/comment/', { [kind]: body.id, parent: comment.id, in_reply_to: reply.id, text: 'Indeed' }))
    await ok(bob.put(`/comment/${comment.id}/`, { text: 'No' }))
    for (const act of ['vote', 'vote']) await ok(alice.post(`/comment/${comment.id}/${act}/`))
    await ok(bob.delete(`/comment/${comment.id}/`))
    await ok(bob.post(`/comment/${comment.id}/restore/`))
  }
}
