import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createGathering } from '../../src/platform/db/gather.ts'

type Work = { name: string; of: string }

/** Work that ends when the test says so, each a letter and whose it is: of one person, no two go together. */
function gather(
  run: (names: string) => Promise<(string | undefined)[]> | undefined,
  { patience = 10_000, atOnce = 1 } = {},
) {
  const runs: string[] = []
  const ends: (() => void)[] = []
  const together = createGathering<Work, string>({
    ...{ most: 3, runs: atOnce, patience },
    fits: ({ of }, chosen) => chosen.every((other) => other.of !== of),
    async run(works) {
      const names = works.map(({ name }) => name).join('')
      runs.push(names)
      await new Promise<void>((end) => ends.push(end))
      return run(names) ?? works.map(({ name }) => `${name}!`)
    },
  })
  /** Ends the runs that are under way, and those that follow, until nothing is. */
  const end = async () => {
    while (ends.length) {
      ends.shift()?.()
      await sleep(1)
    }
  }
  return { runs, end, ask: (name: string, of = name) => together({ name, of }) }
}

const refused = () => Object.assign(new pg.DatabaseError('clash', 1, 'error'), { code: '23514' })

/** Asks for the first, and for the rest once that is under way. */
async function behind<Asked>(first: () => Asked, ...rest: (() => Asked)[]): Promise<Asked[]> {
  const begun = first()
  await new Promise((turn) => setImmediate(turn))
  return [begun, ...rest.map((ask) => ask())]
}

test('what is asked for in one turn goes together, as much as may, and each gets its own result', async () => {
  const { runs, end, ask } = gather(() => undefined)
  const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => ask(name)))
  await sleep(1)
  expect(runs).toEqual(['abc'])
  await end()
  expect(await all).toEqual(['a!', 'b!', 'c!', 'd!', 'e!'])
  expect(runs).toEqual(['abc', 'de'])
})

test('what comes while something is under way goes together when that ends', async () => {
  const { runs, end, ask } = gather(() => undefined)
  const all = await behind(...(['a', 'b', 'c'].map((name) => () => ask(name)) as [() => Promise<string>]))
  expect(runs).toEqual(['a'])
  await end()
  expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!'])
  expect(runs).toEqual(['a', 'bc'])
})

test('what does not go together waits for its turn, and others do not wait for it', async () => {
  const { runs, end, ask } = gather(() => undefined)
  const all = Promise.all([ask('a'), ask('b', 'bob'), ask('c', 'bob'), ask('d'), ask('e', 'bob'), ask('f')])
  await sleep(1)
  await end()
  expect(await all).toEqual(['a!', 'b!', 'c!', 'd!', 'e!', 'f!'])
  expect(runs).toEqual(['abd', 'cf', 'e'])
})

test('what cannot be done beside others goes with the next, and if it cannot there, alone', async () => {
  const left = (names: string) => Promise.resolve([...names].map((name) => (name === 'b' ? undefined : `${name}!`)))
  const { runs, end, ask } = gather((names) => (names === 'b' ? undefined : left(names)))
  const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => ask(name)))
  await sleep(1)
  await end()
  expect(await all).toEqual(['a!', 'b!', 'c!', 'd!'])
  expect(runs).toEqual(['abc', 'bd', 'b'])
})

test('what is left over by a run that nothing waited for any more is done as well', async () => {
  const { runs, end, ask } = gather((names) => (names === 'ab' ? Promise.resolve(['a!', undefined]) : undefined), {
    patience: 5,
  })
  const all = Promise.all([ask('a'), ask('b')])
  await sleep(30)
  await end()
  expect(await all).toEqual(['a!', 'b!'])
  expect(runs).toEqual(['ab', 'b'])
})

test('where two runs may be under way, the second begins with as much as the first has', async () => {
  const { runs, end, ask } = gather(() => undefined, { atOnce: 2 })
  const all = await behind(
    () => [ask('a'), ask('b')],
    () => [ask('c')],
  )
  await sleep(1)
  expect(runs).toEqual(['ab'])
  const rest = [ask('d'), ask('e')]
  await sleep(1)
  expect(runs).toEqual(['ab', 'cde'])
  const last = ask('f')
  await sleep(1)
  expect(runs).toEqual(['ab', 'cde'])
  await end()
  expect(await Promise.all([...all.flat(), ...rest, last])).toEqual(['a!', 'b!', 'c!', 'd!', 'e!', 'f!'])
  expect(runs).toEqual(['ab', 'cde', 'f'])
})

test('of what the database refuses together, only that fails which it refuses alone', async () => {
  const { runs, end, ask } = gather((names) => (names.includes('b') ? Promise.reject(refused()) : undefined))
  const all = Promise.allSettled([ask('a'), ask('b'), ask('c')])
  await sleep(1)
  await end()
  expect((await all).map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code))).toEqual([
    ...['a!', '23514', 'c!'],
  ])
  expect(runs).toEqual(['abc', 'a', 'b', 'c'])
})

test('what may have been done is not done again', async () => {
  const lost = new Error('Connection terminated')
  const { runs, end, ask } = gather(() => Promise.reject(lost))
  const all = Promise.allSettled([ask('a'), ask('b')])
  await sleep(1)
  await end()
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(runs).toEqual(['ab'])
})

test('nothing waits for what is stuck for longer than it is patient', async () => {
  const { runs, end, ask } = gather(() => undefined, { patience: 20 })
  const all = await behind(...(['a', 'b', 'c'].map((name) => () => ask(name)) as [() => Promise<string>]))
  expect(runs).toEqual(['a'])
  await expect.poll(() => runs).toEqual(['a', 'bc'])
  await end()
  expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!'])
})
