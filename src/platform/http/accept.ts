import Negotiator from 'negotiator'

/** Whether a client with this Accept header takes JSON. Nearly all do. */
export function takesJson(accept: string | undefined): boolean {
  if (!accept || accept.includes('*/*') || accept.startsWith('application/json')) return true
  return new Negotiator({ headers: { accept } } as never).mediaType(['application/json']) !== undefined
}

/** Whether a client prefers a page, as browsers do when a person opens an address. */
export function prefersPage(accept: string | undefined): boolean {
  if (!accept?.includes('text/html')) return false
  return new Negotiator({ headers: { accept } } as never).mediaType(['application/json', 'text/html']) === 'text/html'
}
