import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadLocalities } from '../../src/localities/load.ts'
import { createWorld, type World, walk } from '../support/world.ts'

let world: World
let dir: string
beforeAll(async () => {
  world = await createWorld()
  dir = await mkdtemp(join(tmpdir(), 'kith-localities-'))
})
afterAll(async () => {
  await world.end()
  await rm(dir, { recursive: true })
})

const log = pino({ level: 'silent' })
const load = async (text: string | null) => {
  const file = text === null ? null : join(dir, 'places.tsv')
  if (file && text !== null) await writeFile(file, text)
  await loadLocalities({ kith: world.kith, config: { localities: file }, log })
}
const towns = async (path: string) =>
  (await walk(world.visitor, path)).results.map((each) => (each as unknown as { town: string }).town)

const head = 'town\tpostal_code\tprovince\tprovince_short\tregion\tcountry\tlat\tlng'

test('places come from the file, all of it or nothing; without one there are none', async () => {
  await load(null)
  for (const path of ['/locality/', '/locality/search/?search=flo'])
    expect((await world.visitor.get(path)).body).toEqual({ count: 0, next: null, previous: null, results: [] })
  await load(
    [
      `\ufeff${head}`,
      'Florence\t50100\tFirenze\tFI\tToscana\tItaly\t43.77\t11.25',
      'San Floriano\t34070\tGorizia\tGO\tFriuli\tItaly\t45.98\t13.58\r',
      '',
      'Nowhere\t\t\t\t\t\tx\t0',
      '\t1\t\t\t\t\t1\t1',
      'Too far\t\t\t\t\t\t91\t0',
      'Kyōto 京都\t600\t\t\t\tJapan\t35.01\t135.77',
    ].join('\n'),
  )
  const { body } = await world.visitor.get('/locality/search/?offset=0&limit=10&search=FLOR')
  expect([body.count, body.results.map(({ town }: { town: string }) => town)]).toEqual([
    2,
    ['Florence', 'San Floriano'],
  ])
  expect(body.results[0]).toEqual({
    ...{ full_address: '50100, Florence, Firenze, Toscana, Italy', postal_code: '50100', town: 'Florence' },
    ...{ province: 'Firenze', province_short: 'FI', region: 'Toscana', country: 'Italy', lat: 43.77, lng: 11.25 },
  })
  expect(await towns('/locality/?limit=1')).toEqual(['Florence', 'San Floriano', 'Kyōto 京都'])
  expect(await towns('/locality/search/?limit=1&search=italy')).toEqual(['Florence', 'San Floriano'])
  for (const [search, found] of Object.entries({ kyoto: 1, 京都: 1, '%': 0, _: 0, x: 0, "'": 0, '\\': 0 }))
    expect(await towns(`/locality/search/?search=${encodeURIComponent(search)}`), search).toHaveLength(found)
  await load(`${head}\nParis\t\t\t\t\tFrance\t48.85\t2.35`)
  expect(await towns('/locality/')).toEqual(['Paris'])
  await expect(load(`${head}\n${'x'.repeat(10)}\u0000\t\t\t\t\tFrance\t48.85\t2.35`)).resolves.toBeUndefined()
  expect(await towns('/locality/')).toEqual(['xxxxxxxxxx'])
  await load(null)
  expect(await towns('/locality/')).toEqual([])
  await expect(
    loadLocalities({ kith: world.kith, config: { localities: join(dir, 'none.tsv') }, log }),
  ).rejects.toThrow('ENOENT')
})
