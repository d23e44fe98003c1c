import type { FunctionComponent } from 'preact'
import type { Role } from './session.ts'

/** A page of the console, loaded when it is first gone to. */
export type ConsolePage = {
  /** Below `/console`; what is below it, as `/webhooks/12`, is the page's as well. */
  path: string
  title: string
  /** The heading it stands under in the navigation. */
  group: 'Watch' | 'People' | 'Community'
  who: Role
  load(): Promise<{ default: FunctionComponent<{ rest: string }> }>
}

/** The navigation, in its order. A page is a file of `pages/` and a line here. */
export const pages: ConsolePage[] = [
  { path: '/', title: 'Overview', group: 'Watch', who: 'admin', load: () => import('./pages/overview.tsx') },
  { path: '/webhooks', title: 'Webhooks', group: 'Watch', who: 'admin', load: () => import('./pages/webhooks.tsx') },
  { path: '/events', title: 'Events', group: 'Watch', who: 'admin', load: () => import('./pages/events.tsx') },
  { path: '/system', title: 'System', group: 'Watch', who: 'admin', load: () => import('./pages/system.tsx') },
  { path: '/members', title: 'Members', group: 'People', who: 'moderator', load: () => import('./pages/members.tsx') },
  { path: '/graph', title: 'Connections', group: 'People', who: 'admin', load: () => import('./pages/graph.tsx') },
  {
    path: '/moderation',
    title: 'Moderation',
    group: 'People',
    who: 'moderator',
    load: () => import('./pages/moderation.tsx'),
  },
  { path: '/options', title: 'Options', group: 'Community', who: 'admin', load: () => import('./pages/options.tsx') },
  {
    path: '/categories',
    title: 'Categories',
    group: 'Community',
    who: 'admin',
    load: () => import('./pages/categories.tsx'),
  },
  {
    path: '/proposals',
    title: 'Proposals',
    group: 'Community',
    who: 'moderator',
    load: () => import('./pages/proposals.tsx'),
  },
  { path: '/menus', title: 'Menus', group: 'Community', who: 'admin', load: () => import('./pages/menus.tsx') },
  {
    path: '/custom-pages',
    title: 'Custom pages',
    group: 'Community',
    who: 'admin',
    load: () => import('./pages/custom-pages.tsx'),
  },
  { path: '/legal', title: 'Legal texts', group: 'Community', who: 'admin', load: () => import('./pages/legal.tsx') },
  { path: '/apps', title: 'Apps', group: 'Community', who: 'admin', load: () => import('./pages/apps.tsx') },
]
