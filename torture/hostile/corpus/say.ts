import type { Bytes, Target, Who } from '../case.ts'

/** The bytes of a request as they are written here, HOST standing for the address and ALICE for her header. */
export const say =
  (first: string, headers: string[], body: Bytes = '', who: Who = 'alice') =>
  ({ host, port, tokens }: Target): Buffer => {
    const head = [first, ...headers]
      .join('\r\n')
      .replaceAll('HOST', `Host: ${host}:${port}`)
      .replaceAll('ALICE', `Authorization: Bearer ${tokens[who]}`)
    return Buffer.concat([
      Buffer.from(`${head}\r\n\r\n`, 'latin1'),
      typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
    ])
  }

/** Her own profile, which takes any body of 256 kB. */
export const profile = { method: 'PATCH', path: '/user/me/' }
export const kilobyte = 1024
