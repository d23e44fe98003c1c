import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fold } from '../../src/platform/search/fold.ts'
import { searchedIn, wordsIn } from '../../src/platform/search/words.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { copied, corpus, type Sample, waysToWrite } from './corpus.ts'

let world: World
/** The status, the member and the category of each language. */
const made = new Map<Sample, { status: number; member: number; category: number }>()

beforeAll(async () => {
  world = await createWorld()
  for (const [i, sample] of corpus.entries()) {
    const person = await world.join(`member${i}`, { real_name: sample.name })
    const status = await person.post('/status/', { text: sample.text })
    expect(status.status, status.text).toBe(201)
    const category = await world.admin.post('/category/', { name: `${sample.name} ${i}` })
    expect(category.status, category.text).toBe(201)
    made.set(sample, { status: status.body.id, member: person.id, category: category.body.id })
  }
}, 60_000)
afterAll(() => world.end())

/** Which of the questions does not find what it is to find, asked a few at a time. */
async function missed(questions: { path: string; id: number }[], by: Person = world.alice): Promise<string[]> {
  const misses: string[] = []
  for (let i = 0; i < questions.length; i += 8)
    await Promise.all(
      questions.slice(i, i + 8).map(async ({ path, id }) => {
        const [list, search] = path.split('=') as [string, string]
        const { status, body } = await by.get(`${list}=${encodeURIComponent(search)}&limit=100`)
        if (status !== 200 || !body.results.some((each: { id: number }) => each.id === id)) misses.push(path)
      }),
    )
  return misses
}

const idsOf = (sample: Sample) => made.get(sample) as { status: number; member: number; category: number }

test('the corpus has more than twenty languages', () => {
  expect(new Set(corpus.map(({ language }) => language)).size).toBeGreaterThan(30)
})

describe('a text', () => {
  test('is found by each of its words, as copied', async () => {
    const questions = corpus.flatMap((sample) =>
      copied(sample).map((word) => ({ path: `/status/search/?search=${word}`, id: idsOf(sample).status })),
    )
    expect(questions.length).toBeGreaterThan(250)
    expect(await missed(questions)).toEqual([])
  })

  test('is found by all of its words in any normal form, in any case, and without marks', async () => {
    const questions = corpus.flatMap((sample) =>
      [...waysToWrite(sample.text), sample.without ?? sample.text].map((text) => ({
        path: `/status/search/?search=${text}`,
        id: idsOf(sample).status,
      })),
    )
    expect(await missed(questions)).toEqual([])
  })

  test('is not found by words of another', async () => {
    for (const sample of corpus.slice(0, 33)) {
      const [word] = copied(sample).toSorted((a, b) => b.length - a.length) as [string]
      const { body } = await world.alice.get(`/status/search/?search=${encodeURIComponent(word)}`)
      expect(body.count, word).toBe(1)
    }
  })
})

test('every word in every way it is written is cut as the text is', () => {
  const misses: string[] = []
  let asked = 0
  for (const sample of corpus) {
    const indexed = [...wordsIn(sample.text).keys()]
    const words = [...copied(sample), ...copied({ ...sample, text: sample.without ?? '', spaceless: [] })]
    for (const word of words.flatMap(waysToWrite))
      for (const part of searchedIn(word)?.all.split(' & ') ?? ['nothing']) {
        asked++
        const [, wanted = '', goesOn] = /^'(.*)'(:\*)?$/.exec(part) ?? []
        if (!indexed.some((each) => (goesOn ? each.startsWith(wanted) : each === wanted)))
          misses.push(`${word}: ${part}`)
      }
  }
  expect(asked).toBeGreaterThan(1_000)
  expect(misses).toEqual([])
})

test('a text in English has the same words beside another script as alone', () => {
  const bits = [
    'a',
    'Bee',
    '9',
    "'",
    '`',
    '"',
    '+',
    '++',
    '#',
    ' ',
    '. ',
    'c++',
    'C#',
    "rock'n'roll",
    '_',
    '(',
    'x'.repeat(70),
  ]
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 3 })), { maxLength: 20 }),
      (some) => {
        const text = some.join('')
        const beside = wordsIn(`${text} . ж`)
        expect(beside.delete('ж')).toBe(true)
        expect([...wordsIn(text)]).toEqual([...beside])
      },
    ),
    { numRuns: 2_000 },
  )
})

test('folding twice is folding once, whatever the case and the normal form, for every letter there is', () => {
  const wrong: string[] = []
  for (let code = 0x20; code < 0x30000; code++) {
    const letter = String.fromCodePoint(code)
    // Of the many that are alike the first few thousand.
    if (
      !/[\p{L}\p{M}\p{N}]/u.test(letter) ||
      (code > 0x4fff && /[\p{sc=Hani}\p{sc=Hang}\p{sc=Tang}\p{sc=Yiii}]/u.test(letter))
    )
      continue
    const folded = fold(letter)
    const others = [
      folded,
      letter.toUpperCase(),
      letter.toLowerCase(),
      letter.normalize('NFD'),
      letter.normalize('NFKC'),
    ]
    if (others.some((each) => fold(each) !== folded)) wrong.push(code.toString(16))
  }
  expect(wrong).toEqual([])
})

describe('a name', () => {
  const ways = (name: string) => [...waysToWrite(name), `\u200b ${name.replaceAll(' ', ' \u2003')}\u00a0`]

  test('finds its member, in any normal form, in any case, with white space around it', async () => {
    const questions = corpus.flatMap((sample) =>
      ways(sample.name).map((name) => ({ path: `/user/search/?user=${name}`, id: idsOf(sample).member })),
    )
    expect(await missed(questions)).toEqual([])
  })

  test('finds its category, whose autocompletion is the same', async () => {
    const questions = corpus.flatMap((sample) =>
      ways(sample.name).map((name) => ({ path: `/category/search/?search=${name}`, id: idsOf(sample).category })),
    )
    expect(await missed(questions)).toEqual([])
  })

  test('is found by any part of it, however short', async () => {
    const questions = corpus.flatMap((sample) => {
      const name = [...sample.name]
      return [name.slice(0, 1), name.slice(1, 3), name.slice(2, 6)].flatMap((part) =>
        part.join('').trim() ? [{ path: `/user/autocomplete/?search=${part.join('')}`, id: idsOf(sample).member }] : [],
      )
    })
    expect(await missed(questions)).toEqual([])
  })
})
