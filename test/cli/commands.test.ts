import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { findDrift } from '../../src/connections/recount.ts'
import { readSecret } from '../../src/secret.ts'
import { makeApp, password, signIn, withToken } from '../oauth/support.ts'
import { startOfKith } from '../support/compiled.ts'
import { type Ended, runHere } from '../support/here.ts'
import { createWorld, type World, walk } from '../support/world.ts'

const run = promisify(execFile)

let world: World
let dir: string

beforeAll(async () => {
  world = await createWorld()
  dir = await mkdtemp(join(tmpdir(), 'kith-cli-'))
})
afterAll(async () => {
  await world.end()
  await rm(dir, { recursive: true, force: true })
})

/** Runs a command on the community of this test. */
const kith = (...args: string[]) => kithWith({}, ...args)

const kithWith = (more: Record<string, string>, ...args: string[]) =>
  runHere(args, { DATABASE_URL: world.database.url, KITH_DATA_DIR: dir, ...more })

/** The same, as a process of its own. */
async function kithAlone(...args: string[]): Promise<Ended> {
  const env = { ...process.env, DATABASE_URL: world.database.url, KITH_DATA_DIR: dir }
  try {
    const { stdout, stderr } = await run(process.execPath, [...startOfKith, ...args], { env, cwd: dir })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())

const file = async (text: string) => {
  const path = join(dir, `graph-${Math.random().toString(36).slice(2)}.txt`)
  await writeFile(path, text)
  return path
}

describe('kith', () => {
  test('says what it can do, and what it does not know', async () => {
    const { out } = await kithAlone('--help')
    for (const command of [
      'serve',
      'migrate',
      'create-user',
      'token',
      'set',
      'import-graph',
      'doctor',
      'KITH_DATA_DIR',
    ])
      expect(out).toContain(command)
    expect((await kithAlone('dance')).code).toBe(1)
  })

  test('migrate has nothing to do twice', async () => {
    expect((await kith('migrate')).out).toBe('The schema is up to date.\n')
  })

  test('migrate --plan says what would be done, and does nothing', async () => {
    expect((await kith('migrate', '--plan')).out).toBe('The schema is up to date.\n')
    const last = `(select name from migration order by name desc limit 1)`
    const [row] = await world.db.query<{ name: string }>(`delete from migration where name = ${last} returning *`)
    const { out, code } = await kith('migrate', '--plan')
    expect([code, out]).toEqual([0, expect.stringContaining(`${row?.name}  (a moment`)])
    expect(out).toMatch(/A server of the version before .*\n\n1 to run, .* Nothing was changed now\.\n$/)
    await world.db.query('insert into migration select * from json_populate_record(null::migration, $1)', [row])
    expect((await kith('migrate')).out).toBe('The schema is up to date.\n')
  })

  test('no command works on a schema of a newer version, and doctor says so', async () => {
    await world.db.query(`insert into migration (name, timestamp) values ('9999-future', '2099')`)
    const sentence = 'The database has had migrations that this Kith does not know (9999-future)'
    const { code, err } = await kith('token', 'alice')
    expect([code, err]).toEqual([1, expect.stringContaining(sentence)])
    const doctor = await kith('doctor')
    expect([doctor.code, doctor.out]).toEqual([1, expect.stringContaining(`WRONG  schema: ${sentence}`)])
    await world.db.query(`delete from migration where name = '9999-future'`)
  })

  test('create-user makes a member that can be found, by the same rules as the API', async () => {
    const { out } = await kith('create-user', 'dan', '--name', 'Dan Brown', '--password', 'Correct-horse-1')
    expect(out).toMatch(/^dan is member \d+\.\n$/)
    expect((await world.alice.get('/user/?username=dan')).body.results[0]).toMatchObject({ real_name: 'Dan Brown' })
    const again = await kith('create-user', 'DAN')
    expect([again.code, again.err]).toEqual([
      1,
      expect.stringMatching(/^username: This username is taken. Choose another. It is that of member \d+.\n$/),
    ])
  })

  test('create-user says of everything that is wrong what the API says', async () => {
    const faults = ['--email', 'nobody', '--password', 'abc', '--role', 'king', '--name', 'x'.repeat(256)]
    const { code, err } = await kith('create-user', 'no such name', ...faults)
    expect([code, err.trim().split('\n').sort()]).toEqual([
      1,
      [
        'email: This is not an e-mail address.',
        'password: At least 8 characters are needed.',
        'real_name: At most 255 characters are taken.',
        'role: Send one of: admin, moderator, editor, publisher.',
        'username: Use letters without accents, digits, - and _ only.',
      ],
    ])
    expect((await kith('create-user', 'eve', '--password', 'onlylowercase')).err).toMatch(/^password: Use characters/)
    expect((await world.alice.get('/user/?username=eve')).body.count).toBe(0)
  })

  test('a database that ends beneath a command is told in a sentence, and nothing was made', async () => {
    const { db } = world
    const locked = await db.pool.connect()
    await locked.query('begin; lock table users in exclusive mode')
    const making = kith('create-user', 'zoe')
    const ending = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and not state = 'idle'`
    await expect.poll(async () => (await db.pool.query(ending)).rowCount, { interval: 20 }).toBeGreaterThan(0)
    expect(await making).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^The database cannot be reached just now\. .*\n$/),
    })
    await locked.query('rollback')
    locked.release()
    expect((await world.alice.get('/user/?username=zoe')).body.count).toBe(0)
  })

  test('reset-password gives another, made up or as told, and signs out everywhere', async () => {
    const app = await makeApp(world)
    await world.join('dora', { password })
    const { body } = await signIn(world, app, 'dora')
    const { out } = await kith('reset-password', 'dora')
    expect(out).toMatch(/^[\w-]{16}-K1\n$/)
    expect((await signIn(world, app, 'dora')).body.error).toBe('invalid_grant')
    expect((await signIn(world, app, 'dora', { password: out.trim() })).status).toBe(200)
    world.pass(3_000)
    expect((await withToken(world, body.access_token, '/user/me/')).status).toBe(401)
    expect((await kith('reset-password', 'dora', '--password', 'simple')).err).toBe(
      'password: Use 8 to 128 characters.\n',
    )
    expect((await kith('reset-password', 'dora', '--password', password)).out).toBe('dora has another password.\n')
    expect((await signIn(world, app, 'dora')).status).toBe(200)
  })

  test('block, unblock and list-users say what they did', async () => {
    const eva = await world.join('eva')
    await world.told()
    expect((await kith('block', 'eva')).out).toBe('eva is blocked.\n')
    world.pass(3_000)
    expect((await eva.post('/status/', { text: 'x' })).status).toBe(403)
    expect((await kith('list-users', '--status', 'blocked')).out).toMatch(
      new RegExp(`^id\tusername\t.*\n${eva.id}\teva\t\tblocked\teva@example.com\t\\d{4}-\\d\\d-\\d\\d\n$`),
    )
    expect(JSON.parse((await kith('list-users', '--status', 'blocked', '--json')).out)).toMatchObject({
      ...{ id: eva.id, username: 'eva', role: null, status: 'blocked', email: 'eva@example.com' },
    })
    expect((await kith('unblock', '--id', String(eva.id))).out).toBe('eva is not blocked.\n')
    expect((await kith('audit', '--target', String(eva.id))).out).toMatch(
      new RegExp(`^at\twho\t.*\n.*\t\tkith unblock\t${eva.id}\t\n.*\t\tkith block\t${eva.id}\t\n$`),
    )
    expect((await kith('block', 'admin')).err).toBe('The creator of the community cannot be blocked.\n')
    const told = (await world.told()) as unknown as { type: string; data: { status: string } }[]
    expect(told.map(({ type, data }) => [type, data.status])).toEqual([
      ['user.updated', 'b'],
      ['user.updated', 'a'],
    ])
  })

  test('promote gives a role, and delete-user deletes', async () => {
    const fay = await world.join('fay')
    await world.told()
    expect((await kith('promote', 'fay', '--role', 'admin')).out).toBe('fay has the role admin.\n')
    world.pass(3_000)
    expect((await fay.get('/events/')).status).toBe(200)
    expect((await kith('promote', 'admin', '--role', 'none')).code).toBe(1)
    expect((await kith('delete-user', 'fay', '--hard')).out).toBe('fay is deleted, and their profile wiped.\n')
    expect((await kith('reset-password', 'fay')).err).toBe('There is no member "fay".\n')
    // Both are in the audit trail; what was refused is not.
    const { results } = (await world.admin.get('/audit/?limit=2')).body
    const by = { actor: null, address: null, operator: userInfo().username, target: fay.id }
    expect(results).toMatchObject([
      { ...by, act: 'kith delete-user', fields: ['hard'] },
      { ...by, act: 'kith promote', fields: ['role'] },
    ])
    expect((await world.told()).map(({ type }) => type)).toEqual(['user.deleted'])
  })

  test('create-app makes an app, and shows its secret', async () => {
    const { out } = await kith('create-app', 'Site', '--redirect-uri', 'https://app.example/cb', '--grant', 'password')
    const [, client_id, client_secret] = /^client_id {5}(\w+)\nclient_secret (kith_cs_[\w-]+)\n$/.exec(out) ?? []
    expect([typeof client_id, typeof client_secret]).toEqual(['string', 'string'])
    const { results } = (await world.admin.get('/oauth/apps/')).body
    expect(results[0]).toMatchObject({ client_id, grants: ['password'], redirect_uris: ['https://app.example/cb'] })
    const refused = await kith('create-app', 'Robot', '--grant', 'client_credentials', '--member', 'nobody')
    expect([refused.code, refused.err]).toEqual([1, 'There is no member "nobody".\n'])
    expect((await kith('create-app', 'Site', '--grant', 'magic')).err).toMatch(/^grants: .*\n$/)
  })

  test('token prints a token and nothing else', async () => {
    const { out } = await kith('token', 'Alice')
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect((await kithAlone('token', 'Alice')).out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(claimsOf(out)).toMatchObject({ user_id: world.alice.id, token_type: 'access' })
    expect((await kith('token', '4000000')).code).toBe(1)
    for (const hours of ['0', '9999999999999'])
      expect((await kith('token', 'Alice', '--hours', hours)).err).toBe(
        'A token is good for 1 to 87600 hours: give --hours so.\n',
      )
  })

  test('token takes digits alone for an id, whatever members call themselves', async () => {
    const { id } = await world.join(String(world.admin.id))
    for (const [args, user_id] of [
      [[String(world.admin.id)], world.admin.id],
      [['--id', String(world.admin.id)], world.admin.id],
      [['--username', String(world.admin.id)], id],
    ] as const)
      expect(claimsOf((await kith('token', ...args)).out), args.join(' ')).toMatchObject({ user_id })
    await world.join('4000001')
    expect((await kith('token', '4000001')).err).toBe(
      'There is no member with the id 4000001. For a member of that name say --username 4000001.\n',
    )
    for (const args of [[], ['alice', '--id', '1']])
      expect((await kith('token', ...args)).err).toContain('Name one member')
  })

  test('set changes an option as an administrator would, also for a server that runs', async () => {
    await world.told()
    expect((await kith('set', 'follow_enabled', 'true')).out).toBe('configurations.follow_enabled = true\n')
    expect(await world.toldShort()).toEqual(['dynamic_preference.updated follow_enabled'])
    expect((await world.alice.post(`/user/${world.bob.id}/connection/request/`)).status).toBe(400)
    await kith('set', 'configurations.follow_enabled', 'false')
    await world.kith.community.refresh()
    expect((await kith('set', 'follow_enabled', 'maybe')).err).toBe('follow_enabled: Send true or false.\n')
  })

  test('doctor finds all well, and says what is not', async () => {
    const well = await kith('doctor')
    expect(well.out).toContain('ok     counters: every one equals its rows')
    expect(well.out).toContain(`ok     secret: ${join(dir, 'jwt-secret')}`)
    expect([well.code, well.out.includes('WRONG')]).toEqual([0, false])

    await world.db.query('update users set connections = connections + 3 where id = $1', [world.bob.id])
    await world.db.query(`insert into erasure (member_id, began) values ($1, '2026-01-02')`, [world.bob.id])
    await chmod(join(dir, 'jwt-secret'), 0o644)
    const ill = await kith('doctor')
    expect(ill.code).toBe(1)
    expect(ill.out).toContain(`WRONG  counters: connections of member ${world.bob.id} is 3, the rows say 0.`)
    expect(ill.out).toContain('WRONG  secret:')
    expect(ill.out).toContain('WRONG  erasures: 1 not done yet, the first of 2026-01-02.')
    await world.db.query('delete from erasure')
    await world.db.query('update users set connections = connections - 3 where id = $1', [world.bob.id])
    await chmod(join(dir, 'jwt-secret'), 0o600)
  })
})

describe('a secret in the data directory', () => {
  const serving = (env: Record<string, string>) => readSecret(readConfig(env))

  test('that is empty or too short is refused by every command, and doctor says the same', async () => {
    const [own, secretPath] = [join(dir, 'own'), join(dir, 'own', 'jwt-secret')]
    await serving({ KITH_DATA_DIR: own })
    for (const [text, sentence] of [
      ['', `The secret in ${secretPath} is empty. Delete the file to have a new one; old tokens end then.`],
      ['short\n', `The secret in ${secretPath} is too short.`],
    ] as const) {
      await writeFile(secretPath, text)
      await expect(serving({ KITH_DATA_DIR: own })).rejects.toThrow(sentence)
      const { code, out } = await kithWith({ KITH_DATA_DIR: own }, 'doctor')
      expect([code, out]).toEqual([1, expect.stringContaining(`WRONG  secret: ${sentence}`)])
    }
  })

  test('is made once, whole, and nothing is written where there is one', async () => {
    const own = join(dir, 'another')
    const secrets = await Promise.all(Array.from({ length: 5 }, () => serving({ KITH_DATA_DIR: own })))
    expect(new Set(secrets).size).toBe(1)
    expect(await readdir(own)).toEqual(['jwt-secret'])
    const before = await stat(own)
    await serving({ KITH_DATA_DIR: own })
    expect((await stat(own)).mtimeMs).toBe(before.mtimeMs)
  })

  test('that cannot be written is told in a sentence', async () => {
    const path = await file('not a folder')
    const { code, err } = await kithWith({ KITH_DATA_DIR: join(path, 'data') }, 'token', 'alice')
    expect([code, err]).toEqual([
      1,
      `${join(path, 'data')} cannot be used (mkdir): part of its path is a file. Choose another folder.\n`,
    ])
  })
})

test('which Kith it is, is said by one word', async () => {
  expect(await kithAlone('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

test('whoever stops reading what a command prints ends it quietly', async () => {
  const env = { ...process.env, DATABASE_URL: world.database.url, KITH_DATA_DIR: dir }
  for (const command of ['doctor', '--help']) {
    const child = spawn(process.execPath, [...startOfKith, command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
    expect([await once(child, 'close'), err]).toEqual([[0, null], ''])
  }
})

describe('kith import-graph', () => {
  // Two circles of friends that share 3 and 4.
  const edges = ['1 2', '1 3', '1 4', '2 3', '2 4', '3 4', '3 5', '4 5', '3 6', '4 6', '5 6', '1 5', '2 7']
  const friendsOf = (member: number) =>
    new Set(
      edges
        .map((edge) => edge.split(' ').map(Number))
        .flatMap(([a, b]) => (a === member ? [b] : b === member ? [a] : [])),
    )

  test('makes members and friendships with right counters, and nothing twice', async () => {
    const path = await file(`# a comment\n${edges.join('\n')}\n\n2 1 # again\n`)
    const first = await kith('import-graph', path)
    expect(first.out).toBe(
      'New: 7 members, 13 friendships, 0 open requests. There already: 0 members, 0 relations. Repeated in the file: 1.\n',
    )
    expect((await kith('import-graph', path)).out).toContain(
      'New: 0 members, 0 friendships, 0 open requests. There already: 7 members, 13 relations.',
    )
    expect(await findDrift(world.db)).toEqual([])
  })

  test('gives mutual lists that are the set intersections of the file', async () => {
    const rows = await world.db.query<{ id: number; username: string }>(
      `select id, username from users where username like 'member%'`,
    )
    const numberOf = new Map(rows.map(({ id, username }) => [id, Number(username.replace('member', ''))]))
    let compared = 0
    for (const { id, username } of rows) {
      const who = world.person(id, username, await world.kith.tokens.mint(id, 600))
      for (const other of rows.filter((each) => each.id !== id)) {
        const [mine, theirs] = [friendsOf(numberOf.get(id) as number), friendsOf(numberOf.get(other.id) as number)]
        const both = await walk(who, `/user/${other.id}/connections/?mutual=1&limit=2`)
        const numbers = both.results.map((user) => numberOf.get(user.id))
        expect(new Set(numbers)).toEqual(mine.intersection(theirs))
        expect([both.count, numbers.length]).toEqual([mine.intersection(theirs).size, mine.intersection(theirs).size])
        const rest = await walk(who, `/user/${other.id}/connections/?mutual=0&limit=2`)
        expect(new Set(rest.results.map((user) => numberOf.get(user.id)))).toEqual(theirs.difference(mine))
        const all = await walk(who, `/user/${other.id}/connections/?limit=2`)
        expect(all.results.map(({ id }) => id)).toEqual([...both.results, ...rest.results].map(({ id }) => id))
        compared++
      }
    }
    expect(compared).toBe(42)
  })

  test('leaves the last edges as requests when asked', async () => {
    const path = await file('a b\nb c\nc d\n')
    const { out } = await kith('import-graph', path, '--requests', '2', '--prefix', 'x-')
    expect(out).toContain('New: 4 members, 1 friendships, 2 open requests.')
    const [c] = await world.db.query('select requests_sent, requests_received from users where username = $1', ['x-c'])
    expect(c).toEqual({ requests_sent: 1, requests_received: 1 })
  })

  test('names bad lines by their number, and imports nothing unless told to skip them', async () => {
    const path = await file('901 902\n903\n904 904\n905 906 907\n$ 908\n902 909\n')
    const refused = await kith('import-graph', path)
    expect(refused.code).toBe(1)
    for (const line of [2, 3, 4, 5]) expect(refused.err).toContain(`:${line}: `)
    expect(refused.err).toContain('4 bad lines; nothing was imported.')
    expect((await world.alice.get('/user/?username=member901')).body.count).toBe(0)
    expect((await kith('import-graph', path, '--skip-bad')).out).toContain('New: 3 members, 2 friendships')
    expect((await kith('import-graph', '/no/such/file')).err).toContain('there is no such file')
  })

  test('of a messy list takes every good line, and names every bad one', async () => {
    const gone = await world.join('messy-gone')
    await world.admin.delete(`/user/${gone.id}/`)
    const blocked = await world.join('messy-blocked')
    await world.db.query(`update users set status = 'b' where id = $1`, [blocked.id])
    const hider = await world.join('messy-hider')
    const hidden = await world.join('messy-hidden')
    expect((await hider.post(`/user/${hidden.id}/hide/`)).status).toBe(204)
    const lines = [
      'Source;Target',
      'Ann,ann',
      'Ann bob',
      'BOB\tANN',
      'gone ann',
      'ann blocked',
      'hidden hider',
      'bob carl',
    ]
    const path = await file(`\ufeff${lines.join('\r\n')}\r\n`)
    const { code, out, err } = await kith('import-graph', path, '--skip-bad', '--prefix', 'messy-')
    expect(err.split('\n').filter((line) => line.startsWith(path))).toEqual([
      `${path}:1: a heading, not two members: "Source;Target"`,
      `${path}:2: a member with themselves: "Ann,ann"`,
      `${path}:5: messy-gone and messy-ann: This is member ${gone.id}, who is deleted.`,
      `${path}:6: messy-ann and messy-blocked: This is member ${blocked.id}, who is blocked.`,
      `${path}:7: messy-hidden and messy-hider: One of the two hides the other. Nothing begins between them while that lasts.`,
    ])
    expect([code, out]).toEqual([
      1,
      'New: 3 members, 2 friendships, 0 open requests. There already: 3 members, 0 relations. ' +
        'Repeated in the file: 1. Bad lines skipped: 2. Refused: 3.\n',
    ])
    // Names that look like a heading, and are none.
    const named = await kith('import-graph', await file('user1 user2\nuser2 user3\n'), '--prefix', 'messy-')
    expect(named.out).toContain('New: 3 members, 2 friendships')
    expect((await kith('import-graph', await file('left right\n1 2\n'))).err).toContain(':1: a heading')
    expect(await findDrift(world.db)).toEqual([])
  })

  test('tells nothing unless asked to announce', async () => {
    await world.told()
    await kith('import-graph', await file('801 802\n'))
    expect(await world.told()).toEqual([])
    const announced = await kith('import-graph', await file('803 804\n804 805\n'), '--announce', '--requests', '1')
    expect(announced.code, announced.err).toBe(0)
    expect(await world.toldShort()).toEqual([
      'user.created member803',
      'user.created member804',
      'user.created member805',
      'connection.created member803>member804',
      'connection_request.created member804>member805',
    ])
  })
})
