import { readFile } from 'node:fs/promises'
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
      KITH_JWT_SECRET: 'short',
      KITH_ADMIN_PASSWORD: 'short',
      KITH_PUBLIC_URL: 'community.example',
      KITH_CORS_ORIGINS: 'https://app.example/path',
      KITH_RATE_LIMIT: '-1',
      KITH_BODY_LIMIT: '1 MB',
      KITH_BODY_BUDGET: '64 MB',
      KITH_DATABASE_POOL: '0',
      KITH_PREPARED_STATEMENTS: 'maybe',
      KITH_LOG_LEVEL: 'loud',
    }
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => readConfig({ [name]: value }), name).toThrow(name)
      expect(() => readConfig({ [name]: value }), name).toThrow(/\.$/)
    }
    expect(() => readConfig({ PORT: '65536' })).toThrow('0 to 65535')
    expect(() => readConfig({ KITH_PUBLIC_URL: 'https://community.example/base' })).toThrow('base alone')
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
