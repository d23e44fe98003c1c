import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'parse5'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listDocuments } from '../../src/documents/list.ts'
import { leadsTo, render } from '../../src/documents/render.ts'
import { createWorld, type World } from '../support/world.ts'

const root = join(import.meta.dirname, '../..')

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const get = (path: string, headers: Record<string, string> = {}) => world.send(`${world.url}${path}`, { headers })
const { byAddress, byFile, chapters } = listDocuments()

test('every document is a page that runs nothing, has one title, and is well-formed', async () => {
  expect(byAddress.size).toBe(byFile.size)
  for (const file of readdirSync(join(root, 'docs')).filter((each) => each.endsWith('.md')))
    expect([...byFile.keys()]).toContain(`docs/${file}`)
  for (const [at, { file }] of byAddress) {
    const { status, text, headers } = await get(at)
    expect([at, status, headers.get('content-type')]).toEqual([at, 200, 'text/html; charset=utf-8'])
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'; /)
    expect([file, text.match(/<h1/g)?.length]).toEqual([file, 1])
    expect(text).not.toMatch(/<script|<img| style=| on\w+="/)
    const faults: string[] = []
    parse(text, { onParseError: ({ code }) => void faults.push(code) })
    expect([file, faults]).toEqual([file, []])
  }
})

test('every link of every page leads somewhere, and to a heading that is there', async () => {
  const pages = new Map<string, Promise<{ status: number; text: string }>>()
  const visit = (path: string) => {
    const known = pages.get(path) ?? get(path)
    pages.set(path, known)
    return known
  }
  const lost: string[] = []
  for (const at of byAddress.keys()) {
    const { text } = await visit(at)
    for (const [, href = ''] of text.matchAll(/ href="([^"]+)"/g)) {
      const [path, anchor] = href.split('#') as [string, string?]
      if (/^(https?|mailto):/.test(href)) continue
      const page = await visit(path || at)
      if (page.status !== 200 || (anchor && !page.text.includes(` id="${anchor}"`))) lost.push(`${at}: ${href}`)
    }
  }
  expect(lost).toEqual([])
})

test('what a document links to in the repository is there', () => {
  const lost: string[] = []
  for (const { file } of byFile.values())
    for (const [, href = ''] of readFileSync(join(root, file), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(href) || leadsTo(href, file, listDocuments()) !== null) continue
      const path = join(root, file, '..', href.split('#')[0] as string)
      try {
        readFileSync(path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EISDIR') lost.push(`${file}: ${href}`)
      }
    }
  expect(lost).toEqual([])
})

test('pages name each other, are kept by browsers, and are there as they were written', async () => {
  const { text, headers } = await get('/docs/')
  for (const { documents } of chapters) for (const { at } of documents) expect(text).toContain(`href="${at}"`)
  const etag = headers.get('etag') as string
  expect(await get('/docs', { 'if-none-match': etag })).toMatchObject({ status: 304, text: '' })
  const source = await get('/docs/operating.md')
  expect([source.text, source.headers.get('content-type')]).toEqual([
    readFileSync(join(root, 'docs/operating.md'), 'utf8'),
    'text/markdown; charset=utf-8',
  ])
  expect((await get('/docs/source/docs/kith-alerts.yml')).text).toContain('- alert: KithIsAway')
  for (const path of [
    '/docs/nothing',
    '/docs/decisions/nothing',
    '/docs/source/package.json',
    '/docs/source/..%2fpackage.json',
  ])
    expect([path, (await get(path)).status]).toEqual([path, 404])
})

test('the search finds parts of pages by words, also beginnings and mistyped ones, and shows what was asked as text', async () => {
  const found = async (asked: string) => {
    const { text, status } = await get(`/docs/search?q=${encodeURIComponent(asked)}`)
    expect(status).toBe(200)
    return [...text.matchAll(/<li><a href="(\/docs[^"]*)">[^<]*<\/a>.*<p>/g)].map(([, at]) => at)
  }
  expect((await found('disk full'))[0]).toBe('/docs/operating#the-disk-is-full')
  expect(await found('failov')).toContain('/docs/operating#failover')
  expect(await found('pgbuoncer')).toContain('/docs/operating#poolers')
  expect((await found('webhook'))[0]).toMatch(/^\/docs\/(webhooks|operating)/)
  expect(await found('zzzyx')).toEqual([])
  expect(await found('')).toEqual([])
  const hostile = await get('/docs/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%5B%28&q=2')
  expect(hostile.status).toBe(200)
  expect(hostile.text).not.toContain('<script')
  expect((await get(`/docs/search?q=${'a*b+'.repeat(2_000)}`)).status).toBe(200)
})

test('HTML in a document is shown, not obeyed, and nothing of elsewhere is loaded', () => {
  const { html } = render(
    '# A\n\n<b onclick="x()">b</b> ![p](https://evil.example/p.png) [j](javascript:alert)',
    'docs/a.md',
    listDocuments(),
  )
  expect(html).not.toMatch(/<b |<img|href="javascript/)
  expect(html).toContain('&lt;b onclick=')
})
