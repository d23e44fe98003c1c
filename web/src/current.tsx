import { CircularProgress } from '@mui/material'
import { Component, type ComponentType, lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { type Community, settingOf } from './community.ts'
import { match, useAddress } from './router.tsx'
import { routesOf } from './routes.ts'
import { Said } from './said.tsx'
import { told } from './told.ts'
import { words } from './words.ts'

/** What a page is given: what its address says, and who looks. */
export type PageProps = {
  params: Record<string, string>
  query: URLSearchParams
  community: Community
  signedIn: boolean
}

type Page = {
  title: string
  /** A route of the packages by its name, or a path. */
  at: string
  show: ComponentType<PageProps>
  /** For members alone, whatever the community shows to visitors. */
  members?: boolean
  /** The same page goes on when only its address is another. */
  stays?: boolean
}

const feeds = () => import('./pages/feeds.tsx')
const contributions = () => import('./pages/contributions.tsx')
const people = () => import('./pages/people.tsx')
const own = () => import('./pages/own.tsx')

function page<Name extends string>(load: () => Promise<Record<Name, ComponentType<PageProps>>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] as ComponentType<PageProps> })) as ComponentType<PageProps>
}

const messages = page(own, 'Messages')

const pages: Page[] = [
  { at: 'home', title: words.home, show: page(feeds, 'Home') },
  { at: 'explore', title: words.explore, show: page(feeds, 'Explore') },
  { at: 'comment', title: '', show: page(contributions, 'Comment') },
  { at: 'post', title: '', show: page(contributions, 'Post') },
  { at: 'discussion', title: '', show: page(contributions, 'Discussion') },
  { at: 'status', title: '', show: page(contributions, 'Status') },
  { at: 'category', title: words.categories, show: page(contributions, 'Category') },
  { at: 'categories', title: words.categories, show: page(contributions, 'Categories') },
  {
    at: 'user_connections_requests_sent',
    title: words.requestsSent,
    show: page(people, 'RequestsSent'),
    members: true,
  },
  { at: 'user_connections_requests', title: words.requests, show: page(people, 'Requests'), members: true },
  { at: 'user_connections', title: words.connections, show: page(people, 'Connections') },
  { at: 'user_followers', title: words.followers, show: page(people, 'Followers') },
  { at: 'user_followings', title: words.followings, show: page(people, 'Followings') },
  { at: 'user_categories', title: words.categories, show: page(contributions, 'FollowedCategories') },
  { at: 'user_followed_posts', title: words.followed, show: page(feeds, 'FollowedPosts'), members: true },
  { at: 'user_followed_discussions', title: words.followed, show: page(feeds, 'FollowedDiscussions'), members: true },
  { at: 'user_profile_settings', title: words.settings, show: page(own, 'Settings'), members: true },
  { at: 'user_notifications', title: words.notifications, show: page(own, 'Notifications'), members: true },
  { at: '/messages/', title: words.messages, show: messages, stays: true, members: true },
  { at: 'user_messages', title: words.messages, show: messages, stays: true, members: true },
  { at: 'user_profile', title: words.profile, show: page(people, 'Profile') },
  { at: '/members/', title: words.members, show: page(people, 'Members'), members: true },
  { at: '/search/', title: words.search, show: page(people, 'Search'), members: true },
]

function find(address: string, routes: Record<string, string>) {
  const [path = '/', query] = address.split('?')
  for (const each of pages) {
    const template = each.at.startsWith('/') ? each.at : routes[each.at]
    const params = template ? match(template, path) : null
    if (params) return { page: each, params, query: new URLSearchParams(query) }
  }
  return null
}

type BrokenState = { broken: boolean; at: string }

/** A page that breaks takes none of what is around it along, and the next one is whole again. */
class Whole extends Component<{ at: string; children: ReactNode }, BrokenState> {
  override state: BrokenState = { broken: false, at: this.props.at }
  static getDerivedStateFromError = () => ({ broken: true })
  static getDerivedStateFromProps = ({ at }: { at: string }, state: BrokenState) =>
    at === state.at ? null : { broken: false, at }
  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <Said title={words.broken} more={words.brokenMore} action={words.reload} onAction={() => location.reload()} />
    )
  }
}

/** The page of the address that the browser is at. */
export function Current({ community, signedIn }: { community: Community; signedIn: boolean }) {
  const address = useAddress()
  const [routes] = useState(() => ({ ...defaults, ...routesOf(community) }))
  const found = find(address, routes)
  const title = found ? found.page.title : words.notFound
  useEffect(() => {
    document.title = title && found?.page.at !== 'home' ? `${title} · ${told.name}` : told.name
  }, [title, found?.page.at])
  if (!found) return <Said title={words.notFound} more={words.notFoundMore} action={words.toHome} to="/" />
  if (!signedIn && found.page.members)
    return <Said title={found.page.title} more={words.membersOnly} action={words.signIn} to="/signin/" />
  if (!signedIn && !settingOf(community, 'configurations.content_availability'))
    return <Said title={words.closed} more={words.closedMore} action={words.signIn} to="/signin/" />
  const { show: Show } = found.page
  const key = found.page.stays ? found.page.title : found.page.at + address.split('?')[0]
  return (
    <Whole at={address}>
      <Suspense fallback={<CircularProgress aria-label={words.loading} sx={{ display: 'block', m: '4rem auto' }} />}>
        <Show key={key} params={found.params} query={found.query} community={community} signedIn={signedIn} />
      </Suspense>
    </Whole>
  )
}

/** Where pages are that no option says anything of. */
const defaults: Record<string, string> = {
  home: '/',
  explore: '/explore/',
  user_followings: '/user/:id/followed/',
  user_followers: '/user/:id/followers/',
  user_connections: '/user/:id/connections/',
  user_connections_requests: '/user/:id/connections/requests/',
  user_connections_requests_sent: '/user/:id/connections/requests/sent/',
  user_categories: '/user/:id/categories/',
  user_followed_posts: '/user/:id/posts/followed/',
  user_followed_discussions: '/user/:id/discussions/followed/',
}
