import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importMembers } from '../../src/accounts/import.ts'
import { importConnections } from '../../src/connections/import.ts'
import { borrow, giveBack } from '../../src/platform/http/slabs.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  const fans = Array.from({ length: 45 }, (_, i) => `fan${i}`)
  await importMembers(
    world.kith,
    fans.map((username) => ({ username })),
    false,
  )
  const called = (name: string) => ({ by: 'username', name }) as const
  const wanted = fans.flatMap((name, i) => [
    { from: called(name), to: called('alice'), state: 'requested' as const },
    ...(i % 2 ? [{ from: called(name), to: called('bob'), state: 'requested' as const }] : []),
  ])
  await importConnections(world.kith, wanted, false)
})
afterAll(() => world.end())

const path = '/user/connection/requests/'

test('what a page lies in is lent again only once it is given back, and only once', () => {
  const one = borrow(10_000)
  const other = borrow(10_000)
  expect(one.buffer).not.toBe(other.buffer)
  const lay = one.buffer
  giveBack(one)
  giveBack(one)
  const [next, after] = [borrow(20_000), borrow(20_000)]
  expect(next.buffer).toBe(lay)
  expect(after.buffer).not.toBe(lay)
  expect(next.length).toBe(20_000)
  for (const each of [other, next, after]) giveBack(each)
})

/** Asks for a page many times on one connection, and reads nothing until the others are through. */
async function readLate(token: string, times: number, meanwhile: () => Promise<unknown>): Promise<string[]> {
  const { host, port, pathname } = new URL(world.base)
  const socket = connect(Number(port), '127.0.0.1').pause()
  const request = `GET ${pathname}${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n`
  const requests = Array.from({ length: times }, (_, i) =>
    i < times - 1 ? request : `${request}Connection: close\r\n`,
  )
  socket.write(`${requests.join('\r\n')}\r\n`)
  await meanwhile()
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => void chunks.push(chunk)).resume()
  await new Promise((done) => socket.once('close', done))
  return Buffer.concat(chunks)
    .toString()
    .split(/HTTP\/1\.1 200 OK\r\n/)
    .slice(1)
    .map((answer) => answer.slice(answer.indexOf('\r\n\r\n') + 4))
}

test('who reads slowly gets what was written, whoever is answered meanwhile, and so does who comes after one that left', async () => {
  const page = (who: 'alice' | 'bob') => world[who].get(path).then(({ body }) => JSON.stringify(body))
  const [ofAlice, ofBob] = [await page('alice'), await page('bob')]
  expect(ofBob).not.toBe(ofAlice)
  const answers = await readLate(world.alice.token, 200, async () => {
    for (let i = 0; i < 10; i++) {
      const { host, port, pathname } = new URL(world.base)
      const leaving = connect(Number(port), '127.0.0.1')
      leaving.write(
        `GET ${pathname}${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${world.alice.token}\r\n\r\n`.repeat(
          20,
        ),
      )
      await sleep(2)
      leaving.destroy()
      for (const each of await Promise.all(Array.from({ length: 8 }, () => page('bob')))) expect(each).toBe(ofBob)
    }
  })
  expect(answers).toHaveLength(200)
  for (const each of answers) expect(JSON.stringify(JSON.parse(each))).toBe(ofAlice)
  expect(await page('bob')).toBe(ofBob)
})
