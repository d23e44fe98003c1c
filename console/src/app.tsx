import { useSignal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import lazy, { ErrorBoundary } from 'preact-iso/lazy'
import { LocationProvider, Route, Router, useLocation } from 'preact-iso/router'
import { type ConsolePage, pages } from './pages.ts'
import { Confirming } from './parts/dialog.tsx'
import { Page } from './parts/page.tsx'
import { Empty, Failed } from './parts/states.tsx'
import { Toasts } from './parts/toast.tsx'
import { isAdmin, told } from './session.ts'
import { type Theme, theme } from './theme.ts'

const mine = pages.filter(({ who }) => isAdmin || who === 'moderator')
const base = '/console'

/** What is behind the path of a page, as `12` of `/webhooks/12`. */
const restOf = (path: string, page: ConsolePage) =>
  path.slice(base.length + (page.path === '/' ? 0 : page.path.length)).replace(/^\/+|\/+$/g, '')

function withRest(page: ConsolePage): FunctionComponent {
  const Loaded = lazy(() => page.load()) as unknown as FunctionComponent<{ rest: string }>
  return () => <Loaded rest={restOf(useLocation().path, page)} />
}

const routes = mine.map((page) => ({ page, component: withRest(page) }))

function Nothing() {
  return (
    <Page title="Nothing is here">
      <Empty title="There is no such page">
        The address is of no page of the console. <a href={`${base}/`}>Back to the start</a>
      </Empty>
    </Page>
  )
}

/** Where moderators begin: the first page that is theirs. */
function First() {
  const [first] = mine
  const { route } = useLocation()
  useEffect(() => {
    if (first) route(base + first.path, true)
  }, [])
  return first ? null : <Nothing />
}

const isIn = (path: string, page: ConsolePage) =>
  page.path === '/'
    ? path === base || path === `${base}/`
    : path === base + page.path || path.startsWith(`${base}${page.path}/`)

function Navigation({ onGo }: { onGo(): void }) {
  const { path } = useLocation()
  const groups = [...new Set(mine.map(({ group }) => group))]
  return (
    <nav id="navigation" aria-label="Console">
      {groups.map((group) => (
        <div key={group}>
          <h2 id={`nav-${group}`}>{group}</h2>
          <ul aria-labelledby={`nav-${group}`}>
            {mine
              .filter((each) => each.group === group)
              .map((each) => (
                <li key={each.path}>
                  <a href={base + each.path} aria-current={isIn(path, each) ? 'page' : undefined} onClick={onGo}>
                    {each.title}
                  </a>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

const themes: Record<Theme, string> = { auto: 'As the browser', light: 'Light', dark: 'Dark' }

function Aside() {
  return (
    <div class="aside">
      <label class="inline">
        <span>Theme</span>
        <select value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as Theme)}>
          {Object.entries(themes).map(([value, says]) => (
            <option key={value} value={value}>
              {says}
            </option>
          ))}
        </select>
      </label>
      <p class="who">
        Signed in as <bdi>{told.member.username}</bdi>
      </p>
      <form method="post" action="/signout">
        <input type="hidden" name="form_token" value={told.formToken} />
        <input type="hidden" name="next" value="/signin?next=/console/" />
        <p class="links">
          <button type="submit" class="link">
            Sign out
          </button>
          <a href="/docs" target="_blank" rel="noreferrer">
            API reference
          </a>
        </p>
      </form>
    </div>
  )
}

function Frame() {
  const { path } = useLocation()
  const open = useSignal(false)
  const broken = useSignal<Error | null>(null)
  const main = useRef<HTMLElement>(null)
  const before = useRef(path)
  useEffect(() => {
    broken.value = null
    // Whoever reads with their ears is told that there is another page.
    if (before.current !== path) main.current?.focus({ preventScroll: true })
    before.current = path
  }, [path])
  return (
    <div class="frame" data-menu={open.value ? 'open' : undefined}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <button
          type="button"
          class="menu"
          aria-expanded={open.value}
          aria-controls="side"
          onClick={() => (open.value = !open.value)}
        >
          {open.value ? 'Close menu' : 'Menu'}
        </button>
        <a class="name" href={`${base}/`}>
          <bdi>{told.name}</bdi> <span>console</span>
        </a>
      </header>
      <div class="side" id="side">
        <Navigation onGo={() => (open.value = false)} />
        <Aside />
      </div>
      <main id="main" tabIndex={-1} ref={main}>
        {broken.value ? (
          <Page title="This page has failed">
            <Failed error={broken.value} retry={() => location.reload()} />
          </Page>
        ) : (
          <ErrorBoundary onError={(error) => (broken.value = error)}>
            <Router>
              {routes.flatMap(({ page, component }) =>
                page.path === '/'
                  ? [<Route key="/" path={`${base}/`} component={component} />]
                  : [
                      <Route key={page.path} path={`${base}${page.path}`} component={component} />,
                      <Route key={`${page.path}/*`} path={`${base}${page.path}/*`} component={component} />,
                    ],
              )}
              <Route path={`${base}/`} component={First} />
              <Route default component={Nothing} />
            </Router>
          </ErrorBoundary>
        )}
      </main>
      <Toasts />
      <Confirming />
    </div>
  )
}

export const App = () => (
  <LocationProvider scope={base}>
    <Frame />
  </LocationProvider>
)
