import Negotiator from 'negotiator'

/** Whether a client that sent this Accept header can take JSON. Nearly all say so plainly. */
export function takesJson(accept: string | undefined): boolean {
  if (!accept || accept.includes('*/*') || accept.startsWith('application/json')) return true
  return new Negotiator({ headers: { accept } } as never).mediaType(['application/json']) !== undefined
}
