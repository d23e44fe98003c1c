import { Agent, type IncomingMessage, request } from 'node:http'

export type Called = { status: number; headers: Headers; text: string }

const agent = new Agent({ keepAlive: true })

/** What `fetch` says of itself, without which Kith may answer otherwise. */
const usual = { accept: '*/*', 'accept-language': '*', 'user-agent': 'node' }
/** Headers that `fetch` does something about. */
const special = /^(accept-encoding|connection|content-length|expect|host|keep-alive|transfer-encoding|upgrade)$/

/** What is sent as it is: no form, no stream, nothing that cuts it short. */
function plain(url: string, { method = 'GET', headers = {}, body, ...rest }: RequestInit) {
  if (!url.startsWith('http://') || method === 'HEAD' || Object.keys(rest).length) return null
  if (body !== undefined && typeof body !== 'string') return null
  if (headers instanceof Headers || Array.isArray(headers)) return null
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  if (named.some(([name, value]) => special.test(name) || value === undefined)) return null
  const sent: Record<string, string | number> = { ...usual, ...Object.fromEntries(named) }
  if (body !== undefined) sent['content-type'] ??= 'text/plain;charset=UTF-8'
  if (method !== 'GET') sent['content-length'] = Buffer.byteLength(body ?? '')
  return { method, headers: sent, body }
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
  return headers
}

/** A request as `fetch` sends it, which takes three times as long: tests send a hundred thousand. Leads are not followed. */
export async function call(url: string, init: RequestInit): Promise<Called> {
  const asked = plain(url, init)
  if (!asked) {
    const response = await fetch(url, { redirect: 'manual', ...init })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const { method, headers, body } = asked
  return new Promise((resolve, reject) => {
    const sending = request(new URL(url), { agent, method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('error', reject)
      answer.on('end', () => {
        let known: Headers | undefined
        resolve({
          status: answer.statusCode as number,
          text,
          get headers() {
            known ??= headersOf(answer)
            return known
          },
        })
      })
    })
    sending.on('error', reject)
    sending.end(body)
  })
}
