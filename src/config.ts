import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { checkPassword } from './accounts/password.ts'
import { parseAllowed } from './delivery/addresses.ts'
import { retrySchedule } from './delivery/settings.ts'
import { readAddress } from './platform/db/address.ts'
import { CannotStart } from './platform/process.ts'

export type Config = {
  host: string
  port: number
  /** Empty: the embedded PostgreSQL. */
  databaseUrl: string
  dataDir: string
  /** Empty: kept in a file of the data directory. */
  jwtSecret: string
  /** Empty: made up at the first start. */
  adminPassword: string
  publicUrl: string | undefined
  origins: string[] | '*' | 'loopback'
  rateLimit: number
  /** Programs of this machine are left out of it. */
  rateLocal: boolean
  trustedProxies: string[]
  bodyLimit: number
  /** Bytes of all bodies together. */
  bodyBudget: number
  databasePool: number
  prepareStatements: boolean
  /** Whether nodes wake each other by LISTEN. */
  listen: boolean
  /** Seconds between the request to stop and the last new connection. */
  drain: number
  /** Whether this process delivers webhooks. */
  delivery: boolean
  webhookAllow: string
  webhookRetries: number[]
  /** In ms. */
  webhookTimeout: number
  webhookLogDays: number
  logLevel: string
  /** Whether each request has its line in the log. */
  accessLog: boolean
}

/** Every setting: what it is called in the environment, and what it does. The README's table is checked against this. */
export const settings = {
  HOST: 'Address to listen on (127.0.0.1).',
  PORT: 'Port to listen on (8000).',
  DATABASE_URL: 'A PostgreSQL 15 or later, on one host or several; empty: the embedded one.',
  KITH_DATA_DIR: 'Where the embedded database and the secrets lie (./data).',
  KITH_JWT_SECRET:
    'Secret that tokens are signed with, 32 characters or more; empty: generated into the data directory.',
  KITH_ADMIN_PASSWORD:
    'Password of the first administrator; empty: generated, shown once on a terminal, else kept in the data directory.',
  KITH_PUBLIC_URL: 'Base of the absolute links; empty: the address the client called.',
  KITH_CORS_ORIGINS: 'Origins whose pages may call, with commas between, or *; empty: those of this machine.',
  KITH_RATE_LIMIT:
    'Requests a minute and client, 0 for no limit; empty: 600, but none for programs of this machine on a loopback HOST.',
  KITH_TRUSTED_PROXIES:
    'Proxies whose X-Forwarded-* headers are believed, as addresses and CIDRs with commas between; empty: none.',
  KITH_BODY_LIMIT: 'Largest body that is held whole, in bytes (10485760); most endpoints take 262144.',
  KITH_BODY_BUDGET: 'Bytes that all bodies together may hold at a time (67108864).',
  KITH_DATABASE_POOL: 'Database connections kept at most (10).',
  KITH_PREPARED_STATEMENTS: 'off behind a pooler that cannot follow prepared statements (on).',
  KITH_LISTEN: 'off behind a pooler: events of other nodes are found by looking, not told by LISTEN (on).',
  KITH_DRAIN:
    'Seconds that requests are still answered once asked to stop, /readyz being 503; empty: 5, and 0 on a loopback HOST.',
  KITH_DELIVERY: 'off on nodes that leave webhooks to others, as `kith work` (on).',
  KITH_WEBHOOK_ALLOW:
    'Private networks that webhooks may go to, as CIDRs with commas between; empty: public addresses only.',
  KITH_WEBHOOK_RETRIES: 'Seconds before each retry of a webhook, with commas between (5,25,125,625,3125).',
  KITH_WEBHOOK_TIMEOUT: 'Seconds that a receiver of webhooks has for its answer (10).',
  KITH_WEBHOOK_LOG_DAYS: 'Days that attempts to deliver webhooks are kept (30).',
  KITH_LOG_LEVEL: 'debug, info, warn, error or silent (info).',
  KITH_ACCESS_LOG: 'off leaves the line of each request out of the log (on).',
} as const

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** Reads the settings. A wrong one is refused with a sentence that names it. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const text = (name: keyof typeof settings) => env[name]?.trim() ?? ''
  const wrong = (name: string, sentence: string) => new CannotStart(`${name} is "${env[name]}". ${sentence}`)

  const whole = (name: keyof typeof settings, otherwise: number, min: number, max: number) => {
    const value = text(name)
    if (!value) return otherwise
    if (!/^\d+$/.test(value) || Number(value) < min || Number(value) > max)
      throw wrong(name, `Set it to a whole number from ${min} to ${max}.`)
    return Number(value)
  }
  const isOn = (name: keyof typeof settings) => {
    const value = text(name) || 'on'
    if (value !== 'on' && value !== 'off') throw wrong(name, 'Set it to on or off.')
    return value === 'on'
  }
  const address = (name: keyof typeof settings, value: string, protocols: string[]) => {
    const url = URL.canParse(value) ? new URL(value) : null
    if (!url || !protocols.includes(url.protocol))
      throw wrong(name, `Set it to an address that begins with ${protocols.map((each) => `${each}//`).join(' or ')}.`)
    return url
  }

  const host = text('HOST').replace(/^\[(.*)\]$/, '$1') || '127.0.0.1'
  if (!isIP(host) && !/^[A-Za-z0-9_.-]+$/.test(host))
    throw wrong('HOST', 'Set it to an address or name to listen on, as 0.0.0.0 or ::1. The port is set by PORT.')

  const dataDir = text('KITH_DATA_DIR').replace(/^~(?=\/|$)/, homedir()) || './data'
  if (dataDir.startsWith('~'))
    throw wrong('KITH_DATA_DIR', 'The home of another user is not looked up: write the whole path, as /srv/kith.')

  const databaseUrl = text('DATABASE_URL')
  try {
    if (databaseUrl) readAddress(databaseUrl)
  } catch (error) {
    // Not shown: it has a password in it.
    throw new CannotStart(`DATABASE_URL cannot be read. ${(error as Error).message}`)
  }

  const jwtSecret = text('KITH_JWT_SECRET')
  if (jwtSecret && jwtSecret.length < 32)
    throw new CannotStart(
      `KITH_JWT_SECRET has ${jwtSecret.length} characters. Set it to 32 or more, or leave it empty.`,
    )

  const adminPassword = text('KITH_ADMIN_PASSWORD')
  if (adminPassword && (adminPassword.length < 8 || adminPassword.length > 128))
    throw new CannotStart('KITH_ADMIN_PASSWORD must have 8 to 128 characters.')
  try {
    if (adminPassword) checkPassword(adminPassword)
  } catch (error) {
    throw new CannotStart(`KITH_ADMIN_PASSWORD is too simple. ${(error as Error).message}`)
  }

  let publicUrl: string | undefined
  if (text('KITH_PUBLIC_URL')) {
    const url = address('KITH_PUBLIC_URL', text('KITH_PUBLIC_URL'), ['http:', 'https:'])
    if (url.search || url.hash || url.pathname !== '/')
      throw wrong('KITH_PUBLIC_URL', 'Set it to the base alone, as https://community.example.')
    publicUrl = url.origin
  }

  const origins = text('KITH_CORS_ORIGINS')
  const originList = origins
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  if (origins !== '*') {
    for (const each of originList) {
      if (!URL.canParse(each) || new URL(each).origin !== each)
        throw wrong('KITH_CORS_ORIGINS', `"${each}" is not an origin. Write it as https://app.example.`)
    }
  }

  // A proxy that is believed says who calls: one entry too wide, and every client does.
  const trustedProxies = text('KITH_TRUSTED_PROXIES')
    .split(',')
    .map((each) => each.trim().replace(/^\[(.*)\](?=\/|$)/, '$1'))
    .filter(Boolean)
  for (const each of trustedProxies) {
    try {
      const [range] = parseAllowed(each)
      if (!range?.bits)
        throw new Error(`"${each}" is everybody: clients could then say that they are whoever they like.`)
    } catch (error) {
      throw wrong('KITH_TRUSTED_PROXIES', `${(error as Error).message} Name the addresses of your proxies.`)
    }
  }

  const webhookAllow = text('KITH_WEBHOOK_ALLOW')
  try {
    parseAllowed(webhookAllow)
  } catch (error) {
    throw wrong('KITH_WEBHOOK_ALLOW', (error as Error).message)
  }

  const retries = text('KITH_WEBHOOK_RETRIES')
  const webhookRetries = retries ? retries.split(',').map(Number) : retrySchedule
  if (webhookRetries.length > 50 || !webhookRetries.every((each) => each > 0 && each <= 2_592_000))
    throw wrong('KITH_WEBHOOK_RETRIES', 'Set it to at most 50 numbers of seconds with commas between, as 5,25,125.')

  const logLevel = text('KITH_LOG_LEVEL') || 'info'
  if (!['debug', 'info', 'warn', 'error', 'silent'].includes(logLevel))
    throw wrong('KITH_LOG_LEVEL', 'Set it to debug, info, warn, error or silent.')

  return {
    host,
    port: whole('PORT', 8000, 0, 65535),
    databaseUrl,
    dataDir: resolve(dataDir),
    jwtSecret,
    adminPassword,
    publicUrl,
    origins: origins === '*' ? '*' : originList.length ? originList : 'loopback',
    rateLimit: whole('KITH_RATE_LIMIT', 600, 0, 1_000_000),
    // Where a proxy is in front, everybody seems to be of this machine.
    rateLocal: !text('KITH_RATE_LIMIT') && isLoopback(host) && !publicUrl && trustedProxies.length === 0,
    trustedProxies,
    bodyLimit: whole('KITH_BODY_LIMIT', 10 * 1024 * 1024, 1024, 1024 ** 3),
    bodyBudget: whole('KITH_BODY_BUDGET', 64 * 1024 * 1024, 1024 * 1024, 1024 ** 4),
    databasePool: whole('KITH_DATABASE_POOL', 10, 1, 1000),
    prepareStatements: isOn('KITH_PREPARED_STATEMENTS'),
    listen: isOn('KITH_LISTEN'),
    drain: whole('KITH_DRAIN', isLoopback(host) ? 0 : 5, 0, 600),
    delivery: isOn('KITH_DELIVERY'),
    webhookAllow,
    webhookRetries,
    webhookTimeout: whole('KITH_WEBHOOK_TIMEOUT', 10, 1, 120) * 1000,
    webhookLogDays: whole('KITH_WEBHOOK_LOG_DAYS', 30, 1, 3650),
    logLevel,
    accessLog: isOn('KITH_ACCESS_LOG'),
  }
}
