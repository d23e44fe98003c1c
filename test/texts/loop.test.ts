import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { slowTexts } from './fixtures/slow.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})

afterAll(() => world.end())

/** What this thread has worked, in ms. It does not go on while others have the processor, as the clock does. */
function worked(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** The most that was worked without anybody's turn while `work` ran, in ms: the least of three, for rubbish is collected. */
async function longestHold(work: () => Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let tried = 0; tried < 3 && least > 250; tried++) {
    let longest = 0
    let before = worked()
    const turns = setInterval(() => {
      const now = worked()
      longest = Math.max(longest, now - before)
      before = now
    }, 2)
    await work()
    clearInterval(turns)
    // Whoever works until the end has had no turn since.
    least = Math.min(least, Math.max(longest, worked() - before))
  }
  return least
}

const worst = [
  ...['x\n', '‹', '<', '<p>x', '<td>x', '<ul><li>x', 'paragraphs in quotes and formats', 'open, and others closed'],
  ...['marks that are sorted', 'letters that become marks', 'marks in a paragraph', 'letters that become eighteen'],
]

test('nobody waits for a text that takes long to clean, nor does its author wait for ever', async () => {
  const { alice } = world
  const texts = slowTexts(100_000)
  for (const what of worst) {
    const text = texts[what] as string
    const held = await longestHold(async () => {
      const answer = await alice.post('/status/', { text })
      expect([201, 400], `${what}: ${answer.text.slice(0, 200)}`).toContain(answer.status)
    })
    expect(held, what).toBeLessThan(250)
  }
}, 120_000)

test('nobody waits for what is searched for, or called, in marks', async () => {
  const { admin, alice } = world
  const marks = 'a\u0316\u0301'.padEnd(250, '\u0316\u0301')
  // What is tried again on a busy machine is another category.
  let tried = 0
  const held = await longestHold(async () => {
    for (let n = 0; n < 10; n++) {
      expect((await alice.get(`/status/search/?search=${encodeURIComponent(marks)}`)).status).toBe(200)
      expect((await alice.get(`/user/search/?search=${encodeURIComponent(marks)}`)).status).toBe(200)
    }
    expect((await alice.post('/post/', { title: marks, text: marks.repeat(300) })).status).toBe(201)
    expect((await admin.post('/category/', { name: `${marks.slice(0, 90)} ${++tried}` })).status).toBe(201)
  })
  expect(held).toBeLessThan(250)
})

test('words are found however many marks were put on them, and on what is searched for', async () => {
  const { alice } = world
  const written = await alice.post('/status/', { text: `zal${'\u0316\u0301'.repeat(20_000)}go` })
  expect(written.status).toBe(201)
  expect(written.body.html).toContain('\u0316\u0301'.repeat(20_000))
  for (const search of ['zalgo', 'ZÁLGO', `zalgo${'\u0316\u0301'.repeat(100)}`]) {
    const { body } = await alice.get(`/status/search/?search=${encodeURIComponent(search)}`)
    expect(body.results.map(({ id }: { id: number }) => id)).toContain(written.body.id)
  }
})

test('many long texts at once are all taken, or told to come again', async () => {
  const text = 'x<br>'.repeat(20_000)
  const answers = await Promise.all(Array.from({ length: 20 }, () => world.alice.post('/status/', { text })))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status !== 201 && status !== 503)).toEqual([])
  expect(statuses).toContain(201)
  expect(statuses).toContain(503)
  expect(answers.find(({ status }) => status === 503)?.headers.get('retry-after')).toBe('1')
  expect((await world.alice.post('/status/', { text })).status).toBe(201)
}, 60_000)

test('tags within a thousand tags are refused by a sentence', async () => {
  const answer = await world.alice.post('/status/', { text: '<b>x'.repeat(1_001) })
  expect([answer.status, answer.body.errors[0].field, answer.body.errors[0].messages[0].code]).toEqual([
    400,
    'text',
    'too_complex',
  ])
  expect((await world.alice.post('/status/', { text: '<b>x'.repeat(900) })).status).toBe(201)
})
