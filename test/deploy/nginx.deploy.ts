import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { freePorts, holdsWhatThePageSays, read, root, start } from './proxied.ts'

const certificates = join(root, 'test/delivery/fixtures')

/** The file as the page has it: a name and a certificate put in, and ports that are free here. */
describe('deploy/nginx.conf', () => {
  holdsWhatThePageSays(async (upstream, folder) => {
    const [http = 0, https = 0] = await freePorts(2)
    const site = read('deploy/nginx.conf')
      .replaceAll('community.example', 'receiver.test')
      .replaceAll(/\/etc\/letsencrypt\/live\/receiver\.test\/fullchain\.pem/g, join(certificates, 'good.crt'))
      .replaceAll(/\/etc\/letsencrypt\/live\/receiver\.test\/privkey\.pem/g, join(certificates, 'good.key'))
      .replace('127.0.0.1:8000', `127.0.0.1:${upstream}`)
      .replaceAll(/listen (\[::\]:)?(80|443)/g, (_, six = '', port) => `listen ${six}${port === '80' ? http : https}`)
    await writeFile(join(folder, 'site.conf'), site)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((each) => `${each}_temp_path ${join(folder, each)};`)
      .join(' ')
    await writeFile(
      join(folder, 'nginx.conf'),
      `daemon off; pid ${join(folder, 'pid')}; error_log stderr; events {}
       http { access_log off; ${temporary} include ${join(folder, 'site.conf')}; }`,
    )
    const args = ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')]
    const check = start('nginx', [...args, '-t'])
    const [code] = await once(check.child, 'close')
    expect([code, check.said()]).toEqual([0, expect.stringContaining('test is successful')])
    expect(check.said()).not.toContain('[warn]')
    return {
      ...start('nginx', args),
      name: 'receiver.test',
      http,
      https,
      ca: () => read('test/delivery/fixtures/ca.crt'),
    }
  })
})
