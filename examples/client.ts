import { createRequire } from 'node:module'

/** The published client, as it is. Its ESM build cannot be imported by Node; its CommonJS build can. It wants tslib beside it. */
export const { http, FeedObjectService, UserService, WebhookService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

/** What an example is told by its environment. */
export function env(name: string): string {
  const value = process.env[name]
  if (value) return value
  console.error(`Set ${name}: see examples/README.md.`)
  process.exit(1)
}

http.setBasePortal(env('KITH_URL'))
http.setAuthorizeToken(env('KITH_TOKEN'))

/** Every entry of a list, page by page. */
export async function* walk<Entry>(path: string): AsyncGenerator<Entry> {
  for (let next: string | null = path; next; ) {
    const { data } = (await http.request({ url: next, method: 'GET' })) as {
      data: { results: Entry[]; next: string | null }
    }
    yield* data.results
    next = data.next
  }
}
