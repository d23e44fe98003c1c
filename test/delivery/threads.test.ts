import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DeliverySettings } from '../../src/delivery/settings.ts'
import { startDelivery } from '../../src/delivery/threads/start.ts'

test('a delivery thread that dies is begun again and again, whatever it dies of, and each death is told', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kith-thread-'))
  const lives = join(dir, 'lives')
  await writeFile(lives, 'throws')
  const lines: string[] = []
  const say = (about: object, message: string) =>
    void lines.push([message, (about as { err?: Error }).err?.message].filter(Boolean).join(': '))
  const delivery = await startDelivery(
    { lives } as unknown as DeliverySettings,
    { info: say, warn: say, error: say },
    new URL('fixtures/mortal-thread.ts', import.meta.url),
  )
  await expect.poll(() => lines.at(-1), { timeout: 25_000 }).toBe('lives')
  expect(lines).toEqual([
    'throws',
    'the delivery thread failed; it is started again: a bug of Kith',
    'the delivery thread could not be started: no memory left',
    'exits',
    'the delivery thread failed; it is started again: The delivery thread ended with 3',
    'lives',
  ])
  await delivery.stop()
  expect(lines).toHaveLength(6)
  await rm(dir, { recursive: true })
})
