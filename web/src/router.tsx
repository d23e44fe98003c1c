import { useSCRouting } from '@selfcommunity/react-core'
import { type AnchorHTMLAttributes, forwardRef, type MouseEvent, useSyncExternalStore } from 'react'
import { signIn } from './session.ts'

const listeners = new Set<() => void>()
const tell = () => {
  for (const each of listeners) each()
}
window.addEventListener('popstate', tell)

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Where the browser is: path and query, as one text. */
export const useAddress = (): string => useSyncExternalStore(listen, () => `${location.pathname}${location.search}`)

/** Pages of Kith's own, which are loaded whole. */
const ofServer = /^\/(?:signin|signup|signout|account|apps|legal|oauth|docs|api|files|console)(?:[/?#]|$)/

/** Goes to an address: of this application without loading a page, of any other as a link does. */
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  const url = new URL(to, location.href)
  if (/^\/signin\/?$/.test(url.pathname)) {
    void signIn()
    return
  }
  if (url.origin !== location.origin || ofServer.test(url.pathname)) {
    location.assign(url)
    return
  }
  const same = url.pathname + url.search === location.pathname + location.search
  history[how === 'replace' || same ? 'replaceState' : 'pushState'](null, '', url)
  if (!same) window.scrollTo(0, 0)
  tell()
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to?: string }

/** The link that all widgets are given. Whatever a browser does with a link otherwise (a new tab, a download) it does. */
export const Link = forwardRef<HTMLAnchorElement, LinkProps>(function Link({ to = '', onClick, ...rest }, ref) {
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event)
    const { defaultPrevented, button, metaKey, ctrlKey, shiftKey, altKey } = event
    if (defaultPrevented || button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return
    if (rest.target && rest.target !== '_self') return
    event.preventDefault()
    go(to)
  }
  return <a {...rest} ref={ref} href={to} onClick={follow} />
})

/** What a template such as `/category/:id/:slug/` finds in a path; null when it is not of it. */
export function match(template: string, path: string): Record<string, string> | null {
  const [bare = ''] = template.split('?')
  const parts = bare.replace(/\/$/, '').split(/:(\w+)/)
  const source = parts.map((part, i) => (i % 2 ? '([^/]+?)' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('')
  const found = new RegExp(`^${source}/?$`).exec(path)
  if (!found) return null
  const names = parts.filter((_, i) => i % 2)
  try {
    return Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1] as string)]))
  } catch {
    return null
  }
}

/** The address of a route of the packages, by its name and what is in it. */
export function useUrl(): (name: string, values: object) => string {
  const { url } = useSCRouting()
  return (name, values) => url?.(name, values) ?? '/'
}
