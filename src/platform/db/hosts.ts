import pg from 'pg'
import { type Address, type Host, type Needs, nameOf } from './address.ts'

/** How long a finding is trusted, and how often it is checked with several hosts, in ms. */
const believed = 500
const watching = 2_000

/** None of the hosts is suitable. */
export class NoHost extends Error {
  // The code of a failed connection: the caller may try again.
  code = 'ECONNREFUSED'
}

const standingText = `select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as "readOnly"`

/** Why the server behind a connection is not suitable; null if it is. */
export async function unfit(client: pg.ClientBase, needs: Needs): Promise<string | null> {
  if (needs === 'any') return null
  const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(standingText)
  if (rows[0]?.standby) return 'a standby'
  return rows[0]?.readOnly && needs === 'read-write' ? 'read-only' : null
}

/** Connections to the suitable one of several hosts. */
export type Hosts = {
  /** The client class for a pool. */
  Client: typeof pg.Client
  /** Discards what was found. */
  doubt(): void
  stop(): void
}

/** Internals of pg that its types do not declare: the socket, and where it leads. */
type Inner = { connection: { stream: { destroy(): void } }; host: string; port: number }

/** Destroys a connection. A query waiting on it fails. */
export const cut = (client: pg.ClientBase) => (client as unknown as Inner).connection.stream.destroy()

/**
 * Finds the suitable host by trying each in turn, the present one first. A pool knows one host, and an open
 * connection cannot be led elsewhere, so a separate connection finds out first.
 * @param config how to reach a host
 * @param moved called when another host becomes the right one; connections to others are then useless
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
    // A host that was cut off from the network says nothing; connections to it would wait for minutes.
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
