import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  const [, bob] = await world.strangers()
  const poll = { title: 'Tea?', choices: [{ choice: 'Yes' }, { choice: 'No' }] }
  for (const kind of ['post', 'discussion']) {
    const { body } = await ok(
      admin.post(`/${kind}/`, { text: 'Tea', ...(kind === 'discussion' && { title: 'Tea' }), poll }),
    )
    for (const choice of [0, 1, 1])
      await ok(bob.post(`/${kind}/${body.id}/poll/vote/`, { choice: body.poll.choices[choice].id }))
  }
}
