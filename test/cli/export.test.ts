import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteGoneFiles } from '../../src/files/clean.ts'
import { openFiles } from '../../src/files/open.ts'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { migrate, migrationNames } from '../../src/platform/db/migrate.ts'
import { lookAt, readExport } from '../../src/platform/export/read.ts'
import { tarEnd, tarHeader, tarPadding } from '../../src/platform/export/tar.ts'
import { slices } from '../../src/slices.ts'
import { killCommands, runCommand } from '../support/command.ts'
import { deliver } from '../support/delivery.ts'
import { runHere } from '../support/here.ts'
import { ok } from '../support/ok.ts'
import { picture, send } from '../support/upload.ts'
import { createWorld, freshDatabase, secret, type World } from '../support/world.ts'
import { addEndpoint } from '../webhooks/endpoints.ts'

const tests = join(import.meta.dirname, '..')

let world: World
let dir: string
/** Where the files of the world lie. */
let files: string
const fresh: { drop(): Promise<unknown> }[] = []

/** What the receiver got, in its order. */
const received: { event_id: number; type: string }[] = []
const receiver = createServer(async (request, response) => {
  received.push(JSON.parse(Buffer.concat(await request.toArray()).toString()))
  response.end()
})

beforeAll(async () => {
  world = await createWorld()
  dir = await mkdtemp(join(tmpdir(), 'kith-export-'))
  files = join(tmpdir(), `kith-world-${world.database.name}`)
  for (const file of globSync('*/everything.ts', { cwd: tests }).sort())
    await (await import(pathToFileURL(join(tests, file)).href)).doEverything(world)
  await world.told()
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
})
afterAll(async () => {
  killCommands()
  receiver.close()
  receiver.closeAllConnections()
  await world.end()
  for (const each of fresh) await each.drop()
  await rm(dir, { recursive: true, force: true })
})

/** A command on the community of this test. */
const here = (...args: string[]) => runHere(args, { DATABASE_URL: world.database.url, KITH_DATA_DIR: files })

/** An empty database and a data directory, and commands on them. */
async function elsewhere() {
  const database = await freshDatabase('template1')
  fresh.push(database)
  const env = { DATABASE_URL: database.url, KITH_DATA_DIR: await mkdtemp(join(dir, 'data-')), KITH_JWT_SECRET: secret }
  return { ...database, env, kith: (...args: string[]) => runHere(args, env) }
}

async function on<T>({ connection }: { connection: object }, work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase({ ...connection, size: 2 }, () => {})
  return work(db).finally(() => db.close())
}

/** What is not the same in a copy, and why. */
const differs: Record<string, string[] | true> = {
  migration: true,
  // Of the server, or of its transactions.
  webhook_node: true,
  event_source: true,
  event_tally: true,
  event_tallied: true,
  push_place: true,
  webhook_lane: ['owner', 'epoch'],
  // The copy goes on beyond the ids that the original may give out, and sends nothing yet.
  event_break: true,
  sending_hold: true,
  // Exports and imports are in it.
  audit: true,
}

/** A digest of the rows of every table there is, by its name. */
async function digests(db: Database): Promise<Record<string, string>> {
  const tables = await db.query<{ name: string; columns: string[] }>(
    `select t.table_name::text as name, array_agg(c.column_name::text order by c.column_name) as columns
     from information_schema.tables t join information_schema.columns c using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE' and c.udt_name <> 'xid8'
       and not exists (select from pg_class k where k.oid = t.table_name::regclass and k.relispartition)
     group by 1 order by 1`,
  )
  const found: Record<string, string> = {}
  for (const { name, columns } of tables) {
    const but = differs[name]
    if (but === true) continue
    const row = columns.filter((column) => !but?.includes(column)).map((column) => `"${column}"`)
    const [sum] = await db.query<{ n: number; digest: string }>(
      `select count(*) as n, md5(coalesce(string_agg(line, e'\n' order by line collate "C"), '')) as digest
       from (select row(${row})::text as line from "${name}") r`,
    )
    found[name] = `${sum?.n} rows, ${sum?.digest}`
  }
  return found
}

describe('a community that is exported', () => {
  test('is the same elsewhere, row by row, after an import that was killed, and goes on delivering without loss or repeat', async () => {
    const { port } = receiver.address() as AddressInfo
    await addEndpoint(world, { target: `http://127.0.0.1:${port}/`, events: ['user.updated', 'user.created'] })
    await world.told()
    await ok(send(world, world.alice, 'POST', '/user/avatar/', { avatar: { data: await picture() } }))
    const engine = await deliver(world)
    await ok(world.alice.patch('/user/me/', { bio: 'sent by the original' }))
    const sent = (await world.told()).filter(({ type }) => type === 'user.updated').length
    await expect.poll(() => received.length).toBe(sent)
    await engine.stop()
    await ok(world.alice.patch('/user/me/', { bio: 'waits' }))
    await ok(world.alice.patch('/user/me/', { bio: 'waits, too' }))

    const file = join(dir, 'whole.kith')
    const before = await digests(world.db)
    const exported = await here('export', file)
    expect([exported.code, exported.out, exported.err]).toEqual([
      0,
      expect.stringMatching(
        /^Exported [\d,]+ rows of \d+ tables.*\n\d+ files of .* are in it\.\nIt has all that members wrote/,
      ),
      expect.anything(),
    ])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await here('export', file)).err).toContain('is there already')

    const copy = await elsewhere()
    const killed = await runCommand(['import', file], { ...copy.env, KITH_CRASH_AT: 'a table is loaded:30' })
    expect(await killed.ended).toBe('SIGKILL')
    const imported = await copy.kith('import', file)
    expect([imported.code, imported.err.replace(/^.*\d+%.*$/gm, '').trim()]).toEqual([0, ''])
    expect(imported.out).toContain('Nothing is sent from here yet: 1 webhook endpoint')
    expect(await on(copy, digests)).toEqual(before)
    expect(Object.keys(before).length).toBeGreaterThan(80)
    for (const table of ['addressed', 'addressed_feed', 'addressed_total', 'category_feed'])
      expect(before[table], table).toMatch(/^[1-9]/)

    const doctor = await copy.kith('doctor')
    expect(doctor.out).toContain('WRONG  sending: webhooks, mails and pushes wait since')
    expect(doctor.out).not.toMatch(/WRONG .*(count|schema|files)/)
    const serving = await runCommand(['serve'], {
      ...copy.env,
      KITH_WEBHOOK_ALLOW: '127.0.0.0/8',
    })
    expect(serving.out).toContain('nothing is sent from here until')
    const { body: alice } = await world.send(`${serving.base}/api/v2/user/me/`, {
      headers: { authorization: `Bearer ${world.alice.token}` },
    })
    expect(alice).toMatchObject({ id: world.alice.id, bio: 'waits, too' })
    const avatar = await fetch(alice.avatar)
    expect(alice.avatar).toContain(serving.base)
    expect([avatar.status, avatar.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^image\//)])
    expect(received.length).toBe(sent)

    expect((await copy.kith('go-live')).out).toBe('Webhooks, mails and pushes go out from here now.\n')
    const patched = await world.send(`${serving.base}/api/v2/user/me/`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${world.alice.token}`, 'content-type': 'application/json' },
      body: '{"bio": "sent by the copy"}',
    })
    expect(patched.status).toBe(200)
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(sent + 3)
    const ids = received.map(({ event_id }) => event_id).sort((a, b) => a - b)
    expect(new Set(ids).size).toBe(ids.length)
    // Beyond whatever the original may give out.
    expect(ids.at(-1)).toBeGreaterThan((ids.at(-2) as number) + 2 ** 24)
    serving.child.kill('SIGTERM')
    await serving.ended

    const full = await copy.kith('import', file)
    expect([full.code, full.err]).toEqual([1, expect.stringContaining('This Kith is not empty: it has')])
  }, 120_000)

  test('is one state of everything while members write on; a copy beside the original has nobody to send to', async () => {
    let over = false
    const writing = (async () => {
      for (let n = 0; !over; n++) {
        const { body: post } = await ok(world.alice.post('/post/', { text: `while it is exported ${n}` }))
        await ok(world.bob.post(`/post/${post.id}/vote/`))
        await ok(world.bob.post('/comment/', { post: post.id, text: 'Yes' }))
      }
    })()
    const file = join(dir, 'busy.kith')
    const exported = await here('export', file, '--json', '--no-files')
    over = true
    await writing
    const said = JSON.parse(exported.out)
    expect(said).toMatchObject({ file, files: { count: 0, left_in: join(files, 'files') } })
    const copy = await elsewhere()
    const imported = await copy.kith('import', file, '--copy', '--json')
    expect([imported.code, JSON.parse(imported.out)]).toEqual([
      0,
      expect.objectContaining({ rows: said.rows, sending: 'copy', endpoints: 0, mails: 0 }),
    ])
    await on(copy, async (db) => {
      for (const { name, drift } of slices) expect(await drift?.find(db), name).toEqual(drift && [])
      expect(await db.query('select from webhook_endpoint')).toEqual([])
    })
    expect((await copy.kith('doctor')).out).toContain('ok     sending: goes on')
  }, 60_000)

  test('deletes no file of the original, where both have one storage, before it takes its place', async () => {
    const file = join(dir, 'shared.kith')
    expect((await here('export', file)).code).toBe(0)
    const held = await elsewhere()
    const env = { ...held.env, KITH_STORAGE: join(files, 'files') }
    expect((await runHere(['import', file], env)).code).toBe(0)
    const kept = async () =>
      globSync('**/*', { cwd: join(files, 'files'), withFileTypes: true }).filter((each) => each.isFile())
    const before = (await kept()).length
    expect(before).toBeGreaterThan(0)
    const clean = () =>
      on(held, async (db) => {
        expect(await db.query('select from avatar')).not.toEqual([])
        await db.query(`with a as (delete from avatar returning file_id)
          update file set state = 'gone' where id in (select file_id from a)`)
        await deleteGoneFiles({
          ...world.kith,
          db,
          files: openFiles({ dataDir: dir, storage: { folder: join(files, 'files') }, fetchAllow: '' }),
        })
        return (await db.query(`select from file where state = 'gone'`)).length
      })
    // A picture that nothing shows any more here is shown there.
    expect([await clean(), (await kept()).length]).toEqual([0, before])
    expect((await runHere(['go-live'], env)).code).toBe(0)
    expect(await on(held, (db) => db.query('select from file where shared'))).toEqual([])
  }, 60_000)

  test('of an older schema is brought up to date', async () => {
    const old = await elsewhere()
    const all = await migrationNames()
    const [names, later] = [all.slice(0, -2), all.slice(-2)]
    await on(old, async (db) => {
      await migrate(db.pool, { only: new Set(names) })
      await db.query(`insert into users (username, date_joined) values ('olga', now())`)
    })
    const file = join(dir, 'old.kith')
    expect((await old.kith('export', file)).code).toBe(0)
    const copy = await elsewhere()
    expect((await copy.kith('import', file, '--live')).code).toBe(0)
    expect((await copy.kith('migrate')).out).toBe('The schema is up to date.\n')
    expect((await copy.kith('list-users')).out).toContain('olga')

    const newer = await elsewhere()
    await newer.kith('migrate')
    expect((await newer.kith('import', file)).err).toContain(
      `its schema is newer than the export's (${later.join(', ')}). Nothing was imported.`,
    )
  }, 60_000)

  test('stopped in the middle, leaves nothing', async () => {
    const folder = await mkdtemp(join(dir, 'stopped-'))
    await world.db.transaction(async (tx) => {
      await tx.query('lock table users in access exclusive mode')
      const command = await runCommand(
        ['export', join(folder, 'never.kith')],
        { DATABASE_URL: world.database.url, KITH_DATA_DIR: files },
        /progress|\d+%/,
      )
      await expect.poll(() => readdir(folder)).toHaveLength(1)
      command.child.kill('SIGINT')
      expect(await command.ended).toBe(130)
      expect(command.out).toContain('Stopped. No export was kept.')
    })
    expect(await readdir(folder)).toEqual([])
  }, 30_000)
})

describe('a file that is not as it was exported', () => {
  const refused = async (bytes: Buffer) => {
    const path = join(dir, 'bad.kith')
    await writeFile(path, bytes)
    return readExport(path, lookAt).then(
      () => 'taken',
      (error: Error) => error.message,
    )
  }
  const entry = (name: string, content: string | Buffer) => {
    const bytes = Buffer.from(content as string)
    return Buffer.concat([tarHeader(name, bytes.length, new Date(0)), bytes, tarPadding(bytes.length)])
  }
  const manifest = {
    format: 'kith export 1',
    ...{ kith: '0.1.0', made: '2026-01-31', files_left_in: null },
    postgres: { version: '18', encoding: 'UTF8', collation: 'C', extensions: {} },
    migrations: [{ name: '0001-members', checksum: 'x' }],
    ...{ tables: {}, partitions: {}, sequences: {} },
  }
  const pack = (...entries: Buffer[]) => gzipSync(Buffer.concat([...entries, tarEnd()]))
  const first = (more: object = {}) => entry('export.json', JSON.stringify({ ...manifest, ...more }))

  test('is refused before anything is written, and says why', async () => {
    const whole = await readFile(join(dir, 'whole.kith'))
    expect(await refused(whole)).toBe('taken')
    const short = /^The file ends before its end: it was cut short\. Nothing was imported\./
    for (const part of [0, 1, 20, whole.length >> 1, whole.length - 9, whole.length - 1])
      expect(await refused(whole.subarray(0, part)), `${part} bytes`).toMatch(short)
    for (const at of [15, whole.length >> 2, whole.length >> 1, whole.length - 6]) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] as number) ^ 4
      expect(await refused(flipped), `byte ${at}`).toMatch(/^The file is damaged, or is no export of Kith/)
    }
    // Packed anew, so that nothing but our own sums can tell.
    const inside = gunzipSync(whole)
    const at = inside.indexOf('sent by the original')
    inside[at] = 'S'.charCodeAt(0)
    expect(await refused(gzipSync(inside, { level: 1 }))).toMatch(
      /the table \w+ is not what it was when it was exported/,
    )
    expect(await refused(Buffer.concat([whole, whole]))).toMatch(/something follows its end/)

    const copy = await elsewhere()
    await writeFile(join(dir, 'bad.kith'), whole.subarray(0, whole.length - 100))
    const { code, err } = await copy.kith('import', join(dir, 'bad.kith'))
    expect([code, err]).toEqual([1, expect.stringContaining('it was cut short')])
    expect(await on(copy, (db) => db.query(`select to_regclass('users') as users`))).toEqual([{ users: null }])
  })

  test('is refused if a stranger made it to lead elsewhere', async () => {
    const path = `files/../../${'a'.repeat(27)}/x`
    for (const [bytes, why] of [
      [pack(entry('hello.txt', 'hello')), 'it does not begin with export.json'],
      [pack(entry('export.json', '{')), 'its export.json is not what it should be'],
      [pack(first({ format: 'kith export 2' })), 'it is of a form that only a newer Kith knows'],
      [pack(first({ tables: { 'users; drop table users': ['id'] } })), 'its export.json is not what it should be'],
      [pack(first({ partitions: { p: { of: 't', from: "1'); drop table users --", to: '2' } } })), 'its export.json'],
      [pack(first(), entry('tables/users/000000.copy', '1\n')), 'the table users is not to be there'],
      [
        pack(first({ tables: { users: ['id'] } }), entry('tables/users/000001.copy', '1\n')),
        'a piece of it is missing',
      ],
      [pack(first(), entry(path, 'x')), 'a file of it has a name that Kith gives to none'],
      [pack(first(), entry('end.json', '{}')), 'its end.json is not what it should be'],
      [pack(first(), entry('other', '{}')), 'something is in it that does not belong there'],
      [Buffer.from('not even packed'), 'it cannot be unpacked'],
    ] as const)
      expect(await refused(bytes), why).toContain(why)
    expect(await refused(pack(first()))).toContain('cut short')
    expect(await refused(pack(first({ made: 'x'.repeat(17_000_000) })))).toContain('what it says of itself is too long')
  })
})
