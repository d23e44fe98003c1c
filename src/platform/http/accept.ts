import Negotiator from 'negotiator'

/** Whether a client that sent this Accept header can take JSON. Nearly all say so plainly. */
export function takesJson(accept: string | undefined): boolean {
  if (!accept || accept.includes('*/*') || accept.startsWith('application/json')) return true
  return new Negotiator({ headers: { accept } } as never).mediaType(['application/json']) !== undefined
}

/** Whether a client would rather have a page, as browsers do that were sent to an address. */
export function prefersPage(accept: string | undefined): boolean {
  if (!accept?.includes('text/html')) return false
  return new Negotiator({ headers: { accept } } as never).mediaType(['application/json', 'text/html']) === 'text/html'
}
