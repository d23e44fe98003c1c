import type pg from 'pg'
import { types } from 'pg'

type Wire = {
  parse(query: { text: string; name: string; types: number[] }): void
  describe(message: { type: 'S'; name: string }): void
  sync(): void
  stream: { cork(): void; uncork(): void }
}

type Fields = { fields: { name: string; dataTypeID: number }[] }

/** Has PostgreSQL parse a statement without running it, and tells the columns of its rows: names and types. */
export function describeStatement(client: pg.Client, text: string): Promise<{ name: string; type: string }[]> {
  return new Promise((resolve, reject) => {
    let columns: { name: string; type: string }[] = []
    const submittable = {
      submit(wire: Wire) {
        wire.stream.cork()
        wire.parse({ text, name: '', types: [] })
        wire.describe({ type: 'S', name: '' })
        wire.sync()
        wire.stream.uncork()
      },
      handleRowDescription({ fields }: Fields) {
        columns = fields.map(({ name, dataTypeID }) => ({ name, type: nameOf(dataTypeID) }))
      },
      // After an error the driver hands on nothing more.
      handleError: reject,
      handleReadyForQuery() {
        resolve(columns)
      },
      // The driver hands these on as they come; there is nothing to do about them.
      handleParameterDescription() {},
      handleNoData() {},
      handlePortalSuspended() {},
      handleCommandComplete() {},
      handleEmptyQuery() {},
    }
    client.query(submittable as never)
  })
}

const others: Record<number, string> = { 18: '"char"', 1009: 'text[]', 1016: 'bigint[]', 1007: 'int[]', 5069: 'xid8' }
const aliases: Record<string, string> = {
  int8: 'bigint',
  int4: 'int',
  int2: 'smallint',
  bool: 'boolean',
  varchar: 'text',
  name: 'text',
}

const builtin = Object.fromEntries(Object.entries(types.builtins).map(([name, oid]) => [oid, name.toLowerCase()]))

function nameOf(oid: number): string {
  const name = others[oid] ?? builtin[oid] ?? String(oid)
  return aliases[name] ?? name
}
