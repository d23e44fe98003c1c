import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { checkPassword } from './accounts/password.ts'
import { parseAllowed } from './delivery/http/addresses.ts'
import { retrySchedule } from './delivery/settings.ts'
import { isVapidKey } from './devices/vapid.ts'
import { isMailable, type Mailbox, readMailbox } from './mail/address.ts'
import { readAddress, readReplicas } from './platform/db/address.ts'
import { CannotStart } from './platform/process.ts'
import { type Place, parseBucket } from './platform/storage/storage.ts'

/** One setting: what it does, its default, and how its text is read. */
type Setting<T> = {
  name: string
  help: string
  /** Shown instead of an empty default. */
  otherwise: string
  /** Throws a sentence that says what to set instead. */
  read(text: string): T
  /** Messages do not repeat its value. */
  secret?: boolean
}

/** @param otherwise its default text, or what happens without it */
const setting = <T>(
  name: string,
  says: string,
  otherwise: string | { empty: string },
  read: (text: string) => T,
): Setting<T> =>
  typeof otherwise === 'string'
    ? { name, help: `${says} (${otherwise}).`, otherwise, read }
    : { name, help: `${says}; empty: ${otherwise.empty}.`, otherwise: '', read }

const secret = <T>(setting: Setting<T>): Setting<T> => ({ ...setting, secret: true })

const whole = (min: number, max: number) => (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) < min || Number(text) > max)
    throw new Error(`Set it to a whole number from ${min} to ${max}.`)
  return Number(text)
}

/** For a setting that may be empty. */
const maybe =
  <T>(read: (text: string) => T) =>
  (text: string) =>
    text ? read(text) : null

function onOrOff(text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new Error('Set it to on or off.')
  return text === 'on'
}

const oneOf = (choices: string[]) => (text: string) => {
  if (!choices.includes(text)) throw new Error(`Set it to ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`)
  return text
}

/** The items of a comma-separated text. */
const listed = (text: string) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)

function readHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1')
  if (!isIP(host) && !/^[A-Za-z0-9_.-]+$/.test(host))
    throw new Error('Set it to an address or name to listen on, as 0.0.0.0 or ::1. The port is set by PORT.')
  return host
}

function readDatabaseUrl(text: string): string {
  if (text) readAddress(text)
  return text
}

function readAccessLog(text: string): boolean | string {
  if (text === 'on' || text === 'off') return text === 'on'
  if (!/[/\\]/.test(text) || /[/\\]$/.test(text)) throw new Error('Set it to on, off or the path of a file.')
  return readFolder(text)
}

function readFolder(text: string): string {
  const folder = text.replace(/^~(?=\/|$)/, homedir())
  if (folder.startsWith('~'))
    throw new Error('The home of another user is not looked up: write the whole path, as /srv/kith.')
  return resolve(folder)
}

/** Null: in the data directory. */
function readStorage(text: string): Place | null {
  if (!text) return null
  return /^s3(\+http)?:/.test(text) ? parseBucket(text) : { folder: readFolder(text) }
}

function readJwtSecret(text: string): string {
  if (text && text.length < 32) throw new Error(`It has ${text.length} characters. Set it to 32 or more.`)
  return text
}

function readToken(text: string): string {
  if (!/^[\x21-\x7e]{16,200}$/.test(text)) throw new Error('Set it to 16 to 200 characters without blanks.')
  return text
}

function readPassword(text: string): string {
  if (text && (text.length < 8 || text.length > 128)) throw new Error('Set it to 8 to 128 characters.')
  if (text) checkPassword(text)
  return text
}

function readCollector(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if ((url?.protocol !== 'http:' && url?.protocol !== 'https:') || url.search || url.hash || url.username)
    throw new Error('Set it to an address as http://127.0.0.1:4318: /v1/traces follows by itself.')
  return url.href
}

function readVapidKey(text: string): string {
  if (!isVapidKey(text)) throw new Error('Set it to a private key of P-256: 32 bytes as base64url, without "=".')
  return text
}

function readPublicUrl(text: string): string | undefined {
  if (!text) return undefined
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Error('Set it to an address that begins with http:// or https://.')
  // Addresses contain it as it is, so it must not have what a browser would read otherwise.
  if (url.search || url.hash || url.pathname !== '/' || !/^[a-z0-9._:[\]-]+$/.test(url.host))
    throw new Error('Set it to the base alone, as https://community.example.')
  return url.origin
}

function readOrigins(text: string): string[] | '*' | 'loopback' {
  if (text === '*') return '*'
  const origins = listed(text)
  for (const each of origins)
    if (!URL.canParse(each) || new URL(each).origin !== each)
      throw new Error(`"${each}" is not an origin. Write it as https://app.example.`)
  return origins.length ? origins : 'loopback'
}

/** A trusted proxy says who calls: if one entry is too wide, every client can. */
function readProxies(text: string): string[] {
  const proxies = listed(text).map((each) => each.replace(/^\[(.*)\](?=\/|$)/, '$1'))
  for (const each of proxies) {
    try {
      const [range] = parseAllowed(each)
      if (!range?.bits)
        throw new Error(`"${each}" is everybody: clients could then say that they are whoever they like.`)
    } catch (error) {
      throw new Error(`${(error as Error).message} Name the addresses of your proxies.`)
    }
  }
  return proxies
}

function readNetworks(text: string): string {
  parseAllowed(text)
  return text
}

function readRetries(text: string): number[] {
  const seconds = text.split(',').map(Number)
  if (seconds.length > 50 || !seconds.every((each) => each > 0 && each <= 2_592_000))
    throw new Error('Set it to at most 50 numbers of seconds with commas between, as 5,25,125.')
  return seconds
}

/** A mail server's address; a password in it is escaped as in any other address. */
function readSmtp(text: string) {
  const url = URL.canParse(text) ? new URL(text) : null
  if (
    (url?.protocol !== 'smtp:' && url?.protocol !== 'smtps:') ||
    !url.hostname ||
    url.pathname.length > 1 ||
    url.search
  )
    throw new Error('Set it to smtp://user:password@mail.example:587, or smtps:// where TLS begins at once.')
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port) || (secure ? 465 : 587)
  const [user, password] = [url.username, url.password].map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      throw new Error('Write a % in the name or the password as %25.')
    }
  }) as [string, string]
  // On this machine a password may go unencrypted.
  return { host, port, secure, user, password, trusted: isLoopback(host) }
}

function readSender(text: string) {
  const mailbox = readMailbox(text)
  if (!mailbox) throw new Error('Set it to an address, as bees@community.example, or Bees <bees@community.example>.')
  return mailbox
}

/** Every setting, by its name in the code. The README's table and `kith --help` follow it. */
const table = {
  host: setting('HOST', 'Address to listen on', '127.0.0.1', readHost),
  port: setting('PORT', 'Port to listen on', '8000', whole(0, 65535)),
  /** Empty: the embedded PostgreSQL. */
  databaseUrl: secret(
    setting(
      'DATABASE_URL',
      'A PostgreSQL 15 or later, on one host or several',
      { empty: 'the embedded one' },
      readDatabaseUrl,
    ),
  ),
  /** One address per host. */
  replicaUrls: secret(
    setting(
      'DATABASE_REPLICA_URL',
      'Standbys of that PostgreSQL to read from, as postgres://kith@c:5432,d:5432/kith',
      { empty: 'none' },
      readReplicas,
    ),
  ),
  dataDir: setting('KITH_DATA_DIR', 'Where the embedded database and the secrets lie', './data', readFolder),
  /** Null: in the data directory. */
  storage: secret(
    setting(
      'KITH_STORAGE',
      'Where uploaded files lie: a folder that all nodes share, or s3://KEY:SECRET@host/bucket?region=eu-1',
      { empty: 'files in the data directory' },
      readStorage,
    ),
  ),
  fetchAllow: setting(
    'KITH_FETCH_ALLOW',
    'Private networks that previews of links and pictures may be fetched from, as comma-separated CIDRs',
    { empty: 'public addresses only' },
    readNetworks,
  ),
  jwtSecret: secret(
    setting(
      'KITH_JWT_SECRET',
      'Secret that tokens are signed with, 32 characters or more',
      { empty: 'generated into the data directory' },
      readJwtSecret,
    ),
  ),
  adminPassword: secret(
    setting(
      'KITH_ADMIN_PASSWORD',
      'Password of the first administrator',
      { empty: 'generated, shown once on a terminal, else kept in the data directory' },
      readPassword,
    ),
  ),
  publicUrl: setting(
    'KITH_PUBLIC_URL',
    'Base of the absolute links',
    { empty: 'the address the client called, and of pictures the one Kith listens on' },
    readPublicUrl,
  ),
  origins: setting(
    'KITH_CORS_ORIGINS',
    'Comma-separated origins whose pages may call, or *',
    { empty: 'those of this machine' },
    readOrigins,
  ),
  rateLimit: setting(
    'KITH_RATE_LIMIT',
    'Requests a minute and client, 0 for no limit',
    { empty: '600, but none for programs of this machine on a loopback HOST' },
    maybe(whole(0, 1_000_000)),
  ),
  trustedProxies: setting(
    'KITH_TRUSTED_PROXIES',
    'Proxies whose X-Forwarded-* headers are believed, as comma-separated addresses and CIDRs',
    { empty: 'none' },
    readProxies,
  ),
  /** In bytes, like the next. */
  bodyLimit: setting(
    'KITH_BODY_LIMIT',
    'Largest body that is held whole, in bytes; most endpoints take 262144',
    '10485760',
    whole(1024, 1024 ** 3),
  ),
  bodyBudget: setting(
    'KITH_BODY_BUDGET',
    'Bytes that all bodies together may hold at a time',
    '67108864',
    whole(1024 * 1024, 1024 ** 4),
  ),
  vapidKey: secret(
    setting(
      'KITH_VAPID_KEY',
      'Private key that push services know this community by, as base64url of 32 bytes',
      { empty: 'one that follows from the secret' },
      maybe(readVapidKey),
    ),
  ),
  sockets: setting('KITH_SOCKETS', 'WebSockets that a node has open at most', '10000', whole(0, 1_000_000)),
  localities: setting(
    'KITH_LOCALITIES',
    'File of the places that members may name: lines of fields with tabs between, the first of their names',
    { empty: 'none' },
    maybe(readFolder),
  ),
  databasePool: setting('KITH_DATABASE_POOL', 'Database connections kept at most', '10', whole(1, 1000)),
  prepareStatements: setting(
    'KITH_PREPARED_STATEMENTS',
    'off behind a pooler that cannot follow prepared statements',
    'on',
    onOrOff,
  ),
  /** In bytes. */
  fragments: setting(
    'KITH_FRAGMENTS_MB',
    'Megabytes of what lists show to everybody alike that a node keeps, rendered; 0 keeps nothing',
    '32',
    (text) => whole(0, 4_096)(text) * 1_000_000,
  ),
  listen: setting(
    'KITH_LISTEN',
    'off behind a pooler: nodes then look for the events of others, instead of waiting for NOTIFY',
    'on',
    onOrOff,
  ),
  /** In seconds. */
  drain: setting(
    'KITH_DRAIN',
    'Seconds that requests are still answered once asked to stop, while /readyz answers 503',
    { empty: '5, and 0 on a loopback HOST' },
    maybe(whole(0, 600)),
  ),
  delivery: setting('KITH_DELIVERY', 'off on nodes that leave webhooks to others, as `kith work`', 'on', onOrOff),
  webhookAllow: setting(
    'KITH_WEBHOOK_ALLOW',
    'Private networks that webhooks may go to, as comma-separated CIDRs',
    { empty: 'public addresses only' },
    readNetworks,
  ),
  /** In seconds. */
  webhookRetries: setting(
    'KITH_WEBHOOK_RETRIES',
    'Comma-separated seconds before each retry of a webhook',
    retrySchedule.join(','),
    readRetries,
  ),
  /** In ms. */
  webhookTimeout: setting(
    'KITH_WEBHOOK_TIMEOUT',
    'Seconds that a receiver of webhooks has for its answer',
    '10',
    (text) => whole(1, 120)(text) * 1000,
  ),
  /** Null: for ever. */
  eventDays: setting(
    'KITH_EVENT_DAYS',
    'Days that events are kept, as many as attempts or more',
    { empty: 'for good' },
    maybe(whole(1, 36_500)),
  ),
  webhookLogDays: setting(
    'KITH_WEBHOOK_LOG_DAYS',
    'Days that attempts to deliver webhooks are kept',
    '30',
    whole(1, 3650),
  ),
  smtp: secret(
    setting(
      'SMTP_URL',
      'The mail server, as smtp://user:password@mail.example:587',
      { empty: 'mails are written into the folder mail of the data directory' },
      maybe(readSmtp),
    ),
  ),
  mailFrom: setting(
    'MAIL_FROM',
    'Who mails are from, as Bees <bees@community.example>',
    { empty: 'kith at the host of KITH_PUBLIC_URL' },
    maybe(readSender),
  ),
  metricsToken: secret(
    setting(
      'KITH_METRICS_TOKEN',
      'What Prometheus has to send as Authorization: Bearer to read /metrics, 16 characters or more',
      { empty: 'no metrics' },
      maybe(readToken),
    ),
  ),
  /** Null: nothing is traced. */
  traces: setting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'Where a collector of OpenTelemetry takes traces by OTLP over HTTP, as http://127.0.0.1:4318',
    { empty: 'no traces' },
    maybe(readCollector),
  ),
  logLevel: setting(
    'KITH_LOG_LEVEL',
    'debug, info, warn, error or silent',
    'info',
    oneOf(['debug', 'info', 'warn', 'error', 'silent']),
  ),
  /** Whether requests are logged; or the path of a file for their lines. */
  accessLog: setting(
    'KITH_ACCESS_LOG',
    'Where the line of each request goes: on is the log, off nowhere, else a file as /var/log/kith/access.log',
    'on',
    readAccessLog,
  ),
}

type Table = typeof table
type Read = { [Name in keyof Table]: ReturnType<Table[Name]['read']> }

export type Config = Omit<Read, 'rateLimit' | 'drain' | 'mailFrom'> & {
  mailFrom: Mailbox
  rateLimit: number
  /** Exempts programs on this machine from the rate limit. */
  rateLocal: boolean
  /** Seconds between the request to stop and the last new connection. */
  drain: number
}

/** Every setting by its name in the environment, with what it does. */
export const settings: Record<string, string> = Object.fromEntries(
  Object.values(table).map(({ name, help }) => [name, help]),
)

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

function readSetting<T>({ name, otherwise, secret, read }: Setting<T>, env: NodeJS.ProcessEnv): T {
  const text = env[name]?.trim() ?? ''
  try {
    return read(text || otherwise)
  } catch (error) {
    const { message } = error as Error
    throw new CannotStart(secret ? `${name} is refused. ${message}` : `${name} is "${env[name]}". ${message}`)
  }
}

/**
 * Reads the settings.
 * @throws CannotStart with a sentence that names the first wrong one
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = Object.fromEntries(
    Object.entries(table).map(([name, setting]) => [name, readSetting<unknown>(setting, env)]),
  ) as Read
  const { host, rateLimit, drain, publicUrl, trustedProxies } = read
  const from = `kith@${publicUrl ? new URL(publicUrl).hostname : 'localhost'}`
  if (read.smtp && !read.mailFrom && (!publicUrl || !isMailable(from)))
    throw new CannotStart('SMTP_URL is set, and nothing says who mails are from. Set MAIL_FROM to an address.')
  if (read.eventDays && read.eventDays < read.webhookLogDays)
    throw new CannotStart(
      `KITH_EVENT_DAYS is "${read.eventDays}", and attempts are kept for ${read.webhookLogDays} days, with their events. ` +
        'Set it to as many or more, or KITH_WEBHOOK_LOG_DAYS to fewer.',
    )
  if (read.replicaUrls.length && !read.databaseUrl)
    throw new CannotStart('DATABASE_REPLICA_URL is set, and DATABASE_URL is not. Set it to the PostgreSQL they follow.')
  return {
    ...read,
    rateLimit: rateLimit ?? 600,
    // Behind a proxy, everybody seems to be on this machine.
    rateLocal: rateLimit === null && isLoopback(host) && !publicUrl && trustedProxies.length === 0,
    mailFrom: read.mailFrom ?? { name: '', address: from },
    drain: drain ?? (isLoopback(host) ? 0 : 5),
  }
}
