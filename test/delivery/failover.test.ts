import { expect, test } from 'vitest'
import { openFailoverSite } from '../../torture/failover.ts'

// More of them, synchronous ones, and with the nodes killed as well: npm run torture -- --only failover

test('a standby that takes over and lacks the last events delivers all it has, reuses no id, and the loss is told', async () => {
  const site = await openFailoverSite({ seed: 1 })
  try {
    const round = await site.round('asynchronous')
    expect(round.findings).toEqual([])
    expect(round.lost).toBeGreaterThan(0)
    expect(round.events).toBeGreaterThan(20)
  } finally {
    await site.close()
  }
}, 120_000)
