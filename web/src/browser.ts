import { keptTokens } from './session.ts'
import { told } from './told.ts'

/**
 * Styles that libraries write themselves are allowed by the policy of the page only with its nonce, which few of them
 * know how to pass on.
 */
function markStyles(): void {
  // One that knows how asks here.
  Object.assign(window, { __nonce__: told.nonce })
  const make = document.createElement.bind(document) as (name: string, options?: ElementCreationOptions) => HTMLElement
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = make(name, options)
    if (name.toLowerCase() === 'style') element.nonce = told.nonce
    return element
  }) as typeof document.createElement
}

/**
 * The client of the live notifications leaves the port of the server out, and shows the token it began with for ever. Both
 * are put right where it opens a socket.
 */
function mendSockets(): void {
  const Original = window.WebSocket
  class Socket extends Original {
    constructor(address: string | URL, protocols?: string | string[]) {
      const url = new URL(address)
      const ours = url.hostname === location.hostname && url.pathname === '/ws/notify'
      if (ours) url.port = location.port
      const token = keptTokens()?.accessToken
      super(url, ours && token ? [`__${token}`] : protocols)
    }
  }
  window.WebSocket = Socket
}

/** What the packages expect of a browser, or do in a way that does not work here. */
export function prepareBrowser(): void {
  markStyles()
  mendSockets()
}
