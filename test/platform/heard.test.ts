import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findUnheard } from '../support/unheard.ts'

const root = join(import.meta.dirname, '../..')

test('every error that Kith could be told of has somebody who hears it', async () => {
  const findings: string[] = []
  let read = 0
  for await (const file of glob(['src/**/*.ts', 'bin/*.mjs'], { cwd: root })) {
    findings.push(...findUnheard(await readFile(join(root, file), 'utf8'), file))
    read++
  }
  expect(findings).toEqual([])
  expect(read).toBeGreaterThan(150)
})

/** What a source makes, and whether somebody hears it. */
const heard: Record<string, string> = {
  'a worker': `import { Worker } from 'node:worker_threads'
    function start() { const made = new Worker('x'); made.on('error', tell); return made }`,
  'a child, by name': `import * as processes from 'node:child_process'
    const child = processes.spawn('x'); child.on('error', tell)`,
  'a child that is waited for': `import { spawn } from 'node:child_process'
    const child = spawn('x'); await once(child, 'exit')`,
  'the pipes of a child, in a loop': `import { spawn } from 'node:child_process'
    const child = spawn('x'); child.on('error', tell)
    for (const each of [child.stdout, child.stderr]) each.setEncoding('utf8').on('data', take).on('error', tell)`,
  'a pipe under a name of its own': `import { spawn } from 'node:child_process'
    const child = spawn('x').on('error', tell); const { stdin } = child; child.stdin.end(); stdin.on('error', tell)`,
  'a command with a callback': `import { execFile } from 'node:child_process'
    execFile('x', (error) => tell(error))`,
  'a socket that is listened to once': `import { connect } from 'node:net'
    const socket = connect(1).once('error', tell)`,
  'what a server is given': `import { createServer } from 'node:net'
    const server = createServer((socket) => { socket.on('error', tell) }); server.on('error', tell)`,
  'a server declared further out': `import { createServer } from 'node:http'
    let server
    function open() { server = createServer(take); server.on('error', tell) }`,
  'streams in a pipeline': `import { createReadStream, createWriteStream } from 'node:fs'
    const from = createReadStream('x'); await pipeline(from, createWriteStream('y'))`,
  'a stream that is read in a loop': `import { createReadStream } from 'node:fs'
    for await (const piece of createReadStream('x')) take(piece)`,
  'a client whose listener is put by a function': `import pg from 'pg'
    const endure = (client) => void client.on('error', () => {})
    async function open() { const client = new pg.Client(); endure(client); await client.connect(); return client }`,
  'a pool, and what it opens': `import pg from 'pg'
    const endure = (client) => void client.on('error', () => {})
    const pool = new pg.Pool(); pool.on('connect', endure); pool.on('error', tell)`,
  'a file of a form': `import { Busboy } from '@fastify/busboy'
    const parser = new Busboy(); parser.on('error', tell)
    parser.on('file', (name, stream) => { stream.on('error', tell); stream.resume() })`,
  'the server of a framework': `import Fastify from 'fastify'
    const app = Fastify(); app.server.on('error', tell)`,
  'what only has a name in common': `import { connect } from './connect.ts'
    connect(pair); db.connect(); other.spawn(); socket.on('connect', () => {})`,
}

test.each(Object.entries(heard))('%s is heard', (_what, source) => {
  expect(findUnheard(source)).toEqual([])
})

const unheard: Record<string, [string, RegExp]> = {
  'a worker': [`import { Worker } from 'node:worker_threads'\nnew Worker('x')`, /:2 .*Worker makes/],
  'a worker whose messages alone are heard': [
    `import { Worker } from 'node:worker_threads'\nconst made = new Worker('x'); made.on('message', take)`,
    /:2 .*Worker makes/,
  ],
  'a worker, when another of the same name is heard elsewhere': [
    `import { Worker } from 'node:worker_threads'
     function one() { const made = new Worker('x'); made.on('error', tell) }
     function two() { const made = new Worker('x'); return made }`,
    /:3 .*Worker makes/,
  ],
  'a child after its first error': [
    `import { spawn } from 'node:child_process'\nconst child = spawn('x'); child.once('error', tell)`,
    /:2 .*spawn makes/,
  ],
  'what a child is written to by': [
    `import { spawn } from 'node:child_process'\nconst child = spawn('x'); child.on('error', tell); child.stdin.end('x')`,
    /:2 .*child\.stdin/,
  ],
  'a command without a callback': [`import { exec } from 'child_process'\nexec('x')`, /:2 .*exec makes/],
  'a server once it listens': [
    `import { createServer } from 'node:http'\nconst server = createServer(take); server.once('error', tell)`,
    /:2 .*createServer makes/,
  ],
  'what a server is given': [
    `import net from 'node:net'\nconst server = net.createServer((socket) => socket.end()); server.on('error', tell)`,
    /:2 .*"socket", given by net\.createServer/,
  ],
  'a socket that was upgraded': [`server.on('upgrade', (request, socket) => socket.end())`, /:1 .*"socket".*upgrade/],
  'a socket': [`import { connect } from 'node:tls'\nconnect(1).on('data', take)`, /:2 .*connect makes/],
  'a module loaded late': [
    `const { connect } = await import('node:net')\nconst socket = connect(1)`,
    /:2 .*connect makes/,
  ],
  'a request': [`import { request } from 'node:http'\nrequest('x').end()`, /:2 .*request makes/],
  'a stream of a file handle': [
    `const file = await open('x')\nfile.createReadStream().on('data', take)`,
    /:2 .*createReadStream/,
  ],
  'a client': [`import pg from 'pg'\nconst client = new pg.Client()\nawait client.connect()`, /:2 .*pg\.Client/],
  'what a pool opens': [
    `import { Pool } from 'pg'\nconst pool = new Pool(); pool.on('error', tell)\npool.on('connect', (client) => prepare(client))`,
    /:3 .*"client".*connect/,
  ],
  'a file of a form': [
    `import { Busboy } from '@fastify/busboy'
     const parser = new Busboy(); parser.on('error', tell)
     parser.on('file', (name, stream, filename) => { stream.on('data', take); stream.on('end', done) })`,
    /:3 .*"stream".*file/,
  ],
  'what is piped': [`import { Readable } from 'node:stream'\nReadable.from([body]).pipe(parser)`, /:2 .*pipe\(\)/],
  'the server of a framework': [`import Fastify from 'fastify'\nconst app = Fastify()`, /:2 .*Fastify/],
}

test.each(Object.entries(unheard))('%s that nobody hears is found', (_what, [source, finding]) => {
  expect(findUnheard(source).join('\n')).toMatch(finding)
})
