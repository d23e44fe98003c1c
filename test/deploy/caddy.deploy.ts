import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { freePorts, holdsWhatThePageSays, root, start } from './proxied.ts'

/** The file as it is, behind what this machine is: no port 443, and an authority of its own instead of a public one. */
describe('deploy/Caddyfile', () => {
  holdsWhatThePageSays(async (upstream, folder) => {
    const [http = 0, https = 0] = await freePorts(2)
    const config = join(folder, 'Caddyfile')
    const of = `{\n\tadmin off\n\tskip_install_trust\n\thttp_port ${http}\n\thttps_port ${https}\n}\n`
    await writeFile(config, `${of}import ${join(root, 'deploy/Caddyfile')}\n`)
    const env = {
      ...{ KITH_SITE: 'localhost', KITH_UPSTREAM: `127.0.0.1:${upstream}` },
      ...{ XDG_DATA_HOME: join(folder, 'share'), XDG_CONFIG_HOME: join(folder, 'config') },
    }
    const args = ['--adapter', 'caddyfile', '--config', config]
    const check = spawnSync('caddy', ['validate', ...args], { env: { ...process.env, ...env }, encoding: 'utf8' })
    expect([check.status, check.stdout + check.stderr]).toEqual([0, expect.stringContaining('Valid configuration')])
    const ca = () => readFileSync(join(folder, 'share/caddy/pki/authorities/local/root.crt'), 'utf8')
    return { ...start('caddy', ['run', ...args], env), name: 'localhost', http, https, ca, http2: true }
  })
})
