import { parse } from 'parse5'
import type { World } from './world.ts'

export type Shown = { status: number; headers: Headers; html: string; location: string }

type Node = { nodeName: string; childNodes?: Node[]; attrs?: { name: string; value: string }[]; value?: string }

const all = (node: Node, name: string): Node[] => [
  ...(node.nodeName === name ? [node] : []),
  ...(node.childNodes ?? []).flatMap((each) => all(each, name)),
]
const attribute = (node: Node, name: string) => node.attrs?.find((each) => each.name === name)?.value ?? ''
const textOf = (node: Node): string => node.value ?? (node.childNodes ?? []).map(textOf).join('')

export const elements = (html: string, name: string) =>
  all(parse(html) as unknown as Node, name).map((node) => ({
    text: textOf(node).trim(),
    get: (attr: string) => attribute(node, attr),
    has: (attr: string) => Boolean(node.attrs?.some((each) => each.name === attr)),
  }))

/** What a browser would have to guess at. */
export function faultsOf(html: string): string[] {
  const faults: string[] = []
  parse(html, { onParseError: ({ code, startLine }) => void faults.push(`${code} in line ${startLine}`) })
  return faults
}

/** The fields that a form of a page carries by itself. */
export const fieldsOf = (html: string): Record<string, string> =>
  Object.fromEntries(
    elements(html, 'input')
      .filter((each) => each.get('type') === 'hidden')
      .map((each) => [each.get('name'), each.get('value')]),
  )

/** A browser: keeps cookies, and says where a form comes from. */
export function openBrowser(world: Pick<World, 'url'>, headers: Record<string, string> = {}) {
  const cookies = new Map<string, string>()

  async function ask(path: string, init: RequestInit = {}): Promise<Shown> {
    const response = await fetch(path.startsWith('http') ? path : `${world.url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: {
        accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
        ...(init.headers as Record<string, string>),
      },
    })
    for (const each of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(each) as unknown as [string, string, string]
      if (/Max-Age=0/i.test(each)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location') ?? ''
    return { status: response.status, headers: response.headers, html: await response.text(), location }
  }

  const browser = {
    cookies,
    ask,
    get: (path: string) => ask(path),
    /** Sends a form as it was shown, filled in. */
    send: (path: string, shown: { html: string }, filled: Record<string, string> = {}, more: object = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', ...more },
        body: new URLSearchParams({ ...fieldsOf(shown.html), ...filled }).toString(),
      }),
    async signIn(account: string, password: string, next = '/') {
      const page = await ask(`/signin?next=${encodeURIComponent(next)}`)
      return browser.send('/signin', page, { account, password })
    },
  }
  return browser
}

export type Browser = ReturnType<typeof openBrowser>
