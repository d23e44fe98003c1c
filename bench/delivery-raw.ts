// The floor of deliveries: undici's Pool.dispatch in a loop over bodies in memory. No database, no signature, no log.
import pg from 'pg'
import { post, underWay } from './delivery-post.ts'
import { answering } from './delivery-processes.ts'

export type RawQuestion = { do: 'load'; url: string; ports: number[]; n: number } | { do: 'run'; n: number }

let ports: number[] = []
let bodies: Buffer[] = []

async function load(question: RawQuestion & { do: 'load' }): Promise<void> {
  const client = new pg.Client(question.url)
  await client.connect()
  const { rows } = await client.query('select body::text from event order by id desc limit $1', [question.n])
  await client.end()
  bodies = rows.map(({ body }) => Buffer.from(body))
  ports = question.ports
}

/** Each body to each port. */
function run(n: number): Promise<void> {
  let begun = 0
  let done = 0
  return new Promise((resolve, reject) => {
    const next = () => {
      if (begun === n) return
      const [port, body] = [ports[begun % ports.length], bodies[Math.floor(begun / ports.length) % bodies.length]]
      begun++
      post(port as number, body as Buffer, 'none', (failed) => {
        if (failed) return reject(failed)
        if (++done === n) resolve()
        else next()
      })
    }
    for (let i = 0; i < underWay; i++) next()
  })
}

answering<RawQuestion>((question) => (question.do === 'load' ? load(question) : run(question.n)))
