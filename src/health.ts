import type { FastifyInstance } from 'fastify'
import type { Kith } from './context.ts'
import { unavailable } from './platform/errors.ts'
import { statement } from './platform/sql/statement.ts'

const checking = statement({
  name: 'health: check',
  takes: {},
  gives: { version: 'int' },
  sql: () => 'select version from community',
})

/** `/healthz`: 200 while requests can be served, else 503 with the reason. */
export function healthPage(app: FastifyInstance, kith: Kith): void {
  app.get('/healthz', { config: { always: true } }, async () => {
    let timer: NodeJS.Timeout | undefined
    const slow = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(unavailable('The database has not answered for two seconds.')), 2_000)
    })
    try {
      await Promise.race([checking.rows(kith.db, {}), slow])
    } finally {
      clearTimeout(timer)
    }
    return { status: 'ok' }
  })
}
