import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from './proxied.ts'

const units = globSync('deploy/*.service', { cwd: root })

test.each(units)('%s leaves a Kith that is broken into little to do', (unit) => {
  const { status, stdout } = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', '--no-pager', '--threshold=25', `./${unit}`],
    { cwd: root, encoding: 'utf8' },
  )
  expect([status, stdout.split('\n').findLast((line) => line.includes('Overall exposure'))]).toEqual([
    0,
    expect.stringMatching(/: [0-2]\.\d OK/),
  ])
})
