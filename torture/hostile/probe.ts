/** Runs in a thread of its own, so that whoever attacks does not slow down whoever measures. */
import { Agent, get } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

const { host, port, every } = workerData as { host: string; port: number; every: number }
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
