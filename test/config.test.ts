import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, settings } from '../src/config.ts'

describe('the settings', () => {
  test('have the documented defaults', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8000,
      databaseUrl: '',
      publicUrl: undefined,
      origins: 'loopback',
      rateLimit: 600,
      rateLocal: true,
    })
    expect(readConfig({}).dataDir).toMatch(/\/data$/)
  })

  test('that are wrong are refused with a sentence that names them', () => {
    const wrong: Record<string, string> = {
      PORT: 'eighty',
      HOST: 'not a host',
      DATABASE_URL: 'mysql://localhost/x',
      DATABASE_REPLICA_URL: 'postgres://localhost/x mysql://localhost/x',
      KITH_JWT_SECRET: 'short',
      KITH_ADMIN_PASSWORD: 'short',
      KITH_PUBLIC_URL: 'community.example',
      KITH_CORS_ORIGINS: 'https://app.example/path',
      KITH_RATE_LIMIT: '-1',
      KITH_BODY_LIMIT: '1 MB',
      KITH_BODY_BUDGET: '64 MB',
      KITH_VAPID_KEY: 'short',
      KITH_SOCKETS: 'many',
      KITH_LOCALITIES: '~somebody/places.tsv',
      KITH_FRAGMENTS_MB: '-1',
      KITH_DATABASE_POOL: '0',
      KITH_PREPARED_STATEMENTS: 'maybe',
      KITH_LOG_LEVEL: 'loud',
      KITH_ACCESS_LOG: 'sometimes',
      KITH_DELIVERY: 'maybe',
      KITH_LISTEN: 'sometimes',
      KITH_DRAIN: 'for ever',
      KITH_DATA_DIR: '~somebody/data',
      KITH_STORAGE: 's3://bucket',
      KITH_FETCH_ALLOW: 'everything',
      KITH_WEBHOOK_ALLOW: 'everything',
      KITH_WEBHOOK_RETRIES: '5,soon',
      KITH_WEBHOOK_TIMEOUT: '0',
      KITH_WEBHOOK_LOG_DAYS: 'ever',
      KITH_EVENT_DAYS: '29',
      KITH_TRUSTED_PROXIES: 'nginx',
      SMTP_URL: 'mail.example',
      MAIL_FROM: 'nobody',
      KITH_METRICS_TOKEN: 'short',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    }
    // None is forgotten here: each setting that can be wrong is.
    expect(Object.keys(settings).filter((name) => !(name in wrong))).toEqual([])
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => readConfig({ [name]: value }), name).toThrow(name)
      expect(() => readConfig({ [name]: value }), name).toThrow(/\.$/)
    }
    expect(() => readConfig({ PORT: '65536' })).toThrow('0 to 65535')
    for (const url of ['https://community.example/base', 'https://a"b', "https://a'b", 'https://a{b}'])
      expect(() => readConfig({ KITH_PUBLIC_URL: url })).toThrow('base alone')
    expect(readConfig({ KITH_PUBLIC_URL: 'https://Köln.example:81' }).publicUrl).toBe('https://xn--kln-sna.example:81')
  })

  test('take IPv6 addresses with and without brackets', () => {
    expect(readConfig({ HOST: '[::1]' })).toMatchObject({
      host: '::1',
      rateLimit: readConfig({ HOST: '::1' }).rateLimit,
    })
    for (const host of ['0.0.0.0:8000', '[::1]:8000', '[', 'a b', 'http://localhost'])
      expect(() => readConfig({ HOST: host }), host).toThrow('The port is set by PORT.')
    const proxies = '127.0.0.1, 10.0.0.0/8,::1,[::1],fd00::/8,[fd00::]/8'
    expect(readConfig({ KITH_TRUSTED_PROXIES: proxies }).trustedProxies).toEqual([
      ...['127.0.0.1', '10.0.0.0/8', '::1', '::1', 'fd00::/8', 'fd00::/8'],
    ])
  })

  test('believe no proxy that is not named by address, and never everybody', () => {
    for (const proxies of [
      'nginx',
      '*',
      'true',
      '1',
      'loopback',
      '0.0.0.0/0',
      '::/0',
      '[::]/0',
      '10.0.0.0/33',
      '::1/129',
    ])
      expect(() => readConfig({ KITH_TRUSTED_PROXIES: `127.0.0.1,${proxies}` }), proxies).toThrow(
        /^KITH_TRUSTED_PROXIES is ".*"\. .* Name the addresses of your proxies\.$/,
      )
  })

  test('know the home of who starts Kith', () => {
    expect(readConfig({ KITH_DATA_DIR: '~/kith' }).dataDir).toBe(join(homedir(), 'kith'))
    expect(readConfig({ KITH_DATA_DIR: '~' }).dataDir).toBe(homedir())
    expect(readConfig({ KITH_DATA_DIR: '/srv/~/kith' }).dataDir).toBe('/srv/~/kith')
  })

  test('refuse a password of the administrator that a member could not have, without showing it', () => {
    expect(() => readConfig({ KITH_ADMIN_PASSWORD: 'onlylowercase' })).toThrow(/^KITH_ADMIN_PASSWORD is refused\. /)
  })

  test('limit clients unless only this machine can call', () => {
    expect(readConfig({ HOST: '0.0.0.0' })).toMatchObject({ rateLimit: 600, rateLocal: false })
    expect(readConfig({ HOST: '0.0.0.0', KITH_RATE_LIMIT: '0' }).rateLimit).toBe(0)
    expect(readConfig({ HOST: 'localhost' }).rateLocal).toBe(true)
    // A limit that somebody asked for holds for all, and so does one with a proxy in front.
    expect(readConfig({ KITH_RATE_LIMIT: '600' }).rateLocal).toBe(false)
    expect(readConfig({ KITH_PUBLIC_URL: 'https://community.example' }).rateLocal).toBe(false)
    expect(readConfig({ KITH_TRUSTED_PROXIES: '127.0.0.1' }).rateLocal).toBe(false)
  })

  test('are all in the README, and the README knows no others', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const named = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1])
    expect(named).toEqual(Object.keys(settings))
  })
})
