/**
 * A member that is a program: it accepts whoever asks to be connected, and welcomes them in public. It asks every few
 * seconds instead of being told, so it needs no address of its own. Whatever it does may be done twice without harm.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { FeedObjectService, UserService } from './client.ts'

const pause = Number(process.env.PAUSE_MS ?? 5_000)

/** Accepts all open requests, the oldest first; gives the names of those who asked. */
async function acceptAll(): Promise<string[]> {
  const { results } = await UserService.getUserConnectionRequests({ limit: 100 } as never)
  const names: string[] = []
  for (const { from_user: who } of results.toReversed()) {
    try {
      await UserService.userAcceptRequestConnection(who.id as number)
      names.push(who.username)
    } catch (error) {
      // They may have withdrawn it, been blocked, or left meanwhile: the next look shows no such request.
      const { status } = (error as { response?: { status: number } }).response ?? {}
      if (!status || status >= 500) throw error
    }
  }
  return names
}

const me = await UserService.getCurrentUser()
console.log(`${me.username} listens.`)
for (;;) {
  try {
    const names = await acceptAll()
    if (names.length) {
      const text = `<p>Welcome, ${names.join(', ')}!</p>`
      await FeedObjectService.createFeedObject('discussion' as never, { title: 'New friends', text } as never)
      console.log(`Accepted ${names.join(', ')}.`)
    }
  } catch (error) {
    // Kith is away, or busy: both pass.
    console.error((error as Error).message)
  }
  await sleep(pause)
}
