import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsFile, generate } from '../../packages/verify/generate.ts'
import { sign } from './sign.ts'

const run = promisify(execFile)
const source = join(import.meta.dirname, '../../packages/verify')
const tsc = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')

test('the types of events are as the server declares them now', async () => {
  expect(readFileSync(eventsFile, 'utf8'), 'Run npm run events, and commit what it makes.').toBe(await generate())
})

describe('the package as it is published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kith-verify-'))
  const installed = join(folder, 'node_modules/@kith/verify')
  const secret = 'a secret that Alice keeps'
  const body = JSON.stringify({
    event_id: 7,
    type: 'connection.created',
    created: 1_700_000_000.5,
    data: { to_user: { username: 'bob' }, from_user: { username: 'alice' } },
  })
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  beforeAll(async () => {
    await run(process.execPath, [join(source, 'build.ts'), join(installed, 'dist')])
    cpSync(join(source, 'package.json'), join(installed, 'package.json'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const use = `
    const [body, header, secret] = process.argv.slice(2)
    const { type, data } = verify(body, header, secret)
    try {
      verify(body, header, 'another')
    } catch (error) {
      console.log(type, data.to_user.username, error instanceof SignatureError, error.code)
    }`

  test.each([
    ['use.cjs', "const { SignatureError, verify } = require('@kith/verify')"],
    ['use.mjs', "import { SignatureError, verify } from '@kith/verify'"],
    ['all.mjs', "import * as all from '@kith/verify'\nconst { SignatureError, verify } = all"],
  ])('is used by %s', async (name, first) => {
    const header = sign(body, Math.floor(Date.now() / 1000), secret)
    const { stdout } = await run(process.execPath, [write(name, `${first}\n${use}`), body, header, secret])
    expect(stdout).toBe('connection.created bob true no_match\n')
  })

  test('has types for both module systems, and they need no others', async () => {
    const typed = `import { type Event, type EventOf, SignatureError, type SignatureErrorCode, verify } from '@kith/verify'
      const event: Event = verify(new Uint8Array(), ['t=1', 'v1=2'], 'secret', { toleranceSeconds: 1, now: new Date() })
      if (event.type === 'connection.created') event.data.to_user.username.trim()
      // @ts-expect-error: there is no such type of event
      if (event.type === 'connection.creatd') throw event
      // @ts-expect-error: what it carries depends on its type
      event.data.to_user.username
      export const code: SignatureErrorCode = new SignatureError('too_old', '').code
      export const user: EventOf<'user.created'>['data']['email'] = null`
    const files = [write('typed.cts', typed), write('typed.mts', typed)]
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', '']
    const { stdout } = await run(process.execPath, [tsc, '--ignoreConfig', ...options, ...files], {
      cwd: folder,
    }).catch((failure: { stdout: string }) => failure)
    expect(stdout).toBe('')
  })

  test('depends on nothing', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    expect(Object.keys(manifest).filter((key) => key.toLowerCase().includes('dependencies'))).toEqual([])
  })

  test('receives as its README says: each event once, and nothing that is forged', async () => {
    const [, receiver = ''] = /```js\n(.*?)```/s.exec(readFileSync(join(source, 'README.md'), 'utf8')) ?? []
    const port = await freePort()
    const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret }
    const child = spawn(process.execPath, [write('receiver.mjs', receiver)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text
    })
    try {
      const url = `http://127.0.0.1:${port}/`
      await expect
        .poll(
          () =>
            fetch(url).then(
              ({ status }) => status,
              () => 0,
            ),
          { timeout: 10_000 },
        )
        .toBe(400)
      const send = async (secret: string, headers = {}) => {
        const signature = sign(body, Math.floor(Date.now() / 1000), secret)
        const answer = await fetch(url, {
          method: 'POST',
          body,
          headers: { 'SelfCommunity-Signature': signature, ...headers },
        })
        return [answer.status, await answer.text()]
      }
      expect(await send(secret)).toEqual([204, ''])
      expect(await send(secret)).toEqual([204, ''])
      expect(await send('another')).toEqual([400, 'no_match'])
      expect(await send(secret, { 'SelfCommunity-Signature': '' })).toEqual([400, 'no_header'])
      await expect.poll(() => printed).toBe('Connected: alice bob\n')
    } finally {
      await end(child)
    }
  })
})

test('the example receiver does its work once for each event, also after it was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kith-receiver-'))
  const secret = 'a secret that Alice keeps'
  await run(process.execPath, [join(source, 'build.ts'), join(folder, 'node_modules/@kith/verify/dist')])
  cpSync(join(source, 'package.json'), join(folder, 'node_modules/@kith/verify/package.json'))
  cpSync(join(source, 'examples/receiver.mjs'), join(folder, 'receiver.mjs'))
  const port = await freePort()
  const file = join(folder, 'seen.sqlite')
  const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret, DATABASE_FILE: file }
  const url = `http://127.0.0.1:${port}/`
  const send = async (event_id: number, type: string) => {
    const body = JSON.stringify({ event_id, type, created: 1_700_000_000, data: {} })
    const headers = { 'SelfCommunity-Signature': sign(body, Math.floor(Date.now() / 1000), secret) }
    return (await fetch(url, { method: 'POST', body, headers })).status
  }
  for (const time of [1, 2]) {
    const child = spawn(process.execPath, [join(folder, 'receiver.mjs')], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const isThere = () =>
      fetch(url, { method: 'POST' }).then(
        ({ status }) => status,
        () => 0,
      )
    await expect.poll(isThere, { timeout: 10_000 }).toBe(400)
    for (let i = 0; i < 3; i++) expect(await send(7, 'connection.created')).toBe(204)
    expect(await send(7 + time, 'connection.created')).toBe(204)
    expect(await send(20, 'connection.deleted')).toBe(204)
    expect(await send(21, 'a.type_nobody_knows')).toBe(204)
    await end(child)
  }
  const db = new DatabaseSync(file)
  expect(db.prepare('select n from friendships').get()).toEqual({ n: 2 })
  db.close()
  rmSync(folder, { recursive: true })
}, 60_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function end(child: ChildProcess) {
  if (child.exitCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
