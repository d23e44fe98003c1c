import pg from 'pg'
import { type Address, type Host, type Needs, nameOf } from './address.ts'

/** What was found is believed for so long, in ms; and looked at again so often while there are several hosts. */
const believed = 500
const watching = 2_000

/** None of the hosts is as it has to be. */
export class NoHost extends Error {
  // As with any connection that cannot be made: the caller may try again.
  code = 'ECONNREFUSED'
}

const standingText = `select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as "readOnly"`

/** Why the server at the other end does not do; null if it does. */
export async function unfit(client: pg.ClientBase, needs: Needs): Promise<string | null> {
  if (needs === 'any') return null
  const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(standingText)
  if (rows[0]?.standby) return 'a standby'
  return rows[0]?.readOnly && needs === 'read-write' ? 'read-only' : null
}

/** Connections to whichever of several hosts is the one to talk to. */
export type Hosts = {
  /** What a pool is to make its connections of. */
  Client: typeof pg.Client
  /** What was found before no longer holds. */
  doubt(): void
  stop(): void
}

/** The connection, which the declared types do not have, and where it leads. */
type Inner = { connection: { stream: { destroy(): void } }; host: string; port: number }

/** Cuts a connection off. A query that waits on it fails with the reason. */
export const cut = (client: pg.ClientBase) => (client as unknown as Inner).connection.stream.destroy()

/**
 * Finds the host that is as it has to be, trying each in turn, the present one first. A pool knows one host, and a
 * connection that was made cannot be led elsewhere: so it is found out by a connection of its own before.
 * @param config how to reach a host
 * @param moved called when another host is the one to talk to; connections to others are of no use any more
 */
export function createHosts(
  { hosts, needs, patience }: Address,
  config: (host: Host) => pg.ClientConfig,
  moved: (isThere: (client: pg.ClientBase) => boolean) => void,
): Hosts {
  let present: Host | null = null
  let at = Number.NEGATIVE_INFINITY
  let looking: Promise<Host> | null = null

  async function tryHost(host: Host): Promise<string | null> {
    const client = new pg.Client({ ...config(host), connectionTimeoutMillis: patience })
    client.on('error', () => {})
    const late = setTimeout(() => cut(client), patience)
    try {
      await client.connect()
      return await unfit(client, needs)
    } catch (error) {
      return (error as { code?: string }).code ?? (error as Error).message
    } finally {
      clearTimeout(late)
      client.end().catch(() => {})
    }
  }

  async function look(): Promise<Host> {
    const why: string[] = []
    const others = hosts.filter((host) => host !== present)
    for (const host of present ? [present, ...others] : others) {
      const reason = await tryHost(host)
      if (reason !== null) {
        why.push(`${nameOf(host)}: ${reason}`)
        continue
      }
      const before = present
      present = host
      at = performance.now()
      if (before && before !== host)
        moved((client) => {
          const { host: name, port } = client as unknown as Inner
          return name === host.host && port === host.port
        })
      return host
    }
    throw new NoHost(`None of the hosts is ${needs === 'any' ? 'there' : 'there and takes writes'} (${why.join(', ')})`)
  }

  function find(): Promise<Host> {
    if (present && performance.now() - at < believed) return Promise.resolve(present)
    looking ??= look().finally(() => {
      looking = null
    })
    return looking
  }

  const timer = setInterval(() => {
    // A host that was cut off from the network says nothing: connections to it would wait for minutes.
    if (present) find().catch(() => {})
  }, watching).unref()

  class Led extends pg.Client {
    override connect(): Promise<pg.Client>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      const led = find().then(({ host, port }) => Object.assign(this, { host, port }))
      if (!callback) return led.then(() => super.connect()) as Promise<pg.Client>
      led.then(() => super.connect(callback), callback)
      return undefined
    }
  }

  return {
    Client: Led,
    doubt() {
      at = Number.NEGATIVE_INFINITY
    },
    stop: () => clearInterval(timer),
  }
}
