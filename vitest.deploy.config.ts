import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What each file needs of this machine, and how it gets there. */
const needs: Record<string, { program: string; args: string[]; bring: string }> = {
  'caddy.deploy.ts': { program: 'caddy', args: ['version'], bring: 'apt-get install -y --no-install-recommends caddy' },
  'nginx.deploy.ts': {
    program: 'nginx',
    args: ['-v'],
    bring: 'apt-get install -y --no-install-recommends nginx-light',
  },
  'units.deploy.ts': { program: 'systemd-analyze', args: ['--version'], bring: 'a machine with systemd' },
  'postgres.deploy.ts': {
    program: globSync('/usr/lib/postgresql/*/bin/initdb').sort().at(-1) ?? 'initdb',
    args: ['--version'],
    bring: 'apt-get install -y --no-install-recommends postgresql',
  },
}

const include: string[] = []
for (const file of globSync('test/deploy/*.deploy.ts')) {
  const need = needs[basename(file)]
  if (!need) throw new Error(`${file}: say in vitest.deploy.config.ts what it needs.`)
  if (spawnSync(need.program, need.args, { stdio: 'ignore' }).status === 0) include.push(file)
  else console.error(`There is no ${basename(need.program)} here, so ${file} is left out. It takes ${need.bring}.`)
}
if (!include.length) process.exit(1)

/** What is deployed with Kith, run as the pages say: `npm run test:deploy`. */
export default defineConfig({
  test: {
    include,
    globalSetup: './test/support/postgres.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    isolate: false,
    maxWorkers: 1,
  },
})
