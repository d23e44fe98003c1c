/**
 * Asks for `/healthz` as somebody else would, in a thread of its own, so that whoever attacks does not slow down whoever
 * measures. With the argument `control` it is a server that does nothing: how long that takes, the machine takes.
 */
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const { host, port, every, control } = workerData as { host: string; port: number; every: number; control?: true }
if (control) {
  const server = createServer((_request, response) => void response.end('{}'))
  server.on('error', () => {})
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage({ port: (server.address() as AddressInfo).port }))
} else ask()

function ask(): void {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })

  /** Milliseconds of each answer since they were last asked for; and how many came to nothing. */
  let took: number[] = []
  let failed = 0
  let isAway = false

  // At a fixed pace, whatever became of the one before: else a long silence would count once.
  const timer = setInterval(() => {
    if (isAway) return
    const began = performance.now()
    const request = get({ host, port, path: '/healthz', agent, timeout: 30_000 }, (response) => {
      response.resume()
      response.on('error', () => failed++)
      response.on('end', () => {
        if (isAway) return
        if (response.statusCode === 200) took.push(performance.now() - began)
        else failed++
      })
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', () => {
      if (!isAway) failed++
    })
  }, every)

  parentPort?.on('message', (message: 'take' | 'away' | 'back' | 'end') => {
    if (message === 'away' || message === 'back') isAway = message === 'away'
    if (message === 'take') {
      parentPort?.postMessage({ took, failed })
      took = []
      failed = 0
    }
    if (message === 'end') {
      clearInterval(timer)
      agent.destroy()
      parentPort?.close()
    }
  })
}
