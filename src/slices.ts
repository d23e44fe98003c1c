import { accounts } from './accounts/slice.ts'
import { addresses } from './addresses/slice.ts'
import { archives } from './archives/slice.ts'
import { audit } from './audit/slice.ts'
import { auth } from './auth/slice.ts'
import { avatars } from './avatars/slice.ts'
import { categories } from './categories/slice.ts'
import { comments } from './comments/slice.ts'
import { community } from './community/slice.ts'
import { connections } from './connections/slice.ts'
import type { Ctx } from './context.ts'
import { contributions } from './contributions/slice.ts'
import { custompages } from './custompages/slice.ts'
import { devices } from './devices/slice.ts'
import { embeds } from './embeds/slice.ts'
import { eventlog } from './eventlog/slice.ts'
import { feeds } from './feeds/slice.ts'
import { files } from './files/slice.ts'
import { incubators } from './incubators/slice.ts'
import { invitations } from './invitations/slice.ts'
import { legalpages } from './legalpages/slice.ts'
import { live } from './live/slice.ts'
import { localities } from './localities/slice.ts'
import { mail } from './mail/slice.ts'
import { marks } from './marks/slice.ts'
import { media } from './media/slice.ts'
import { menus } from './menus/slice.ts'
import { messages } from './messages/slice.ts'
import { moderation } from './moderation/slice.ts'
import { notifications } from './notifications/slice.ts'
import { oauth } from './oauth/slice.ts'
import { onboarding } from './onboarding/slice.ts'
import type { Endpoint } from './platform/http/endpoint.ts'
import { polls } from './polls/slice.ts'
import { preferences } from './preferences/slice.ts'
import { providers } from './providers/slice.ts'
import { reactions } from './reactions/slice.ts'
import { registrations } from './registrations/slice.ts'
import { scores } from './scores/slice.ts'
import { sessions } from './sessions/slice.ts'
import { eventsOf, type Slice } from './slice.ts'
import { suggestions } from './suggestions/slice.ts'
import { system } from './system/slice.ts'
import { tagging } from './tagging/slice.ts'
import { tags } from './tags/slice.ts'
import { users } from './users/slice.ts'
import { webhooks } from './webhooks/slice.ts'

/**
 * The product's table of contents. The reference shows the slices in this order. A slice comes after those it builds
 * on: whatever is done slice by slice, as when a member leaves, is done in this order.
 */
export const slices: readonly Slice[] = [
  auth,
  audit,
  files,
  oauth,
  tags,
  accounts,
  sessions,
  addresses,
  invitations,
  legalpages,
  registrations,
  users,
  scores,
  preferences,
  providers,
  avatars,
  connections,
  community,
  categories,
  reactions,
  marks,
  media,
  embeds,
  polls,
  contributions,
  incubators,
  feeds,
  comments,
  moderation,
  messages,
  notifications,
  live,
  devices,
  suggestions,
  tagging,
  localities,
  menus,
  custompages,
  mail,
  onboarding,
  archives,
  eventlog,
  webhooks,
  system,
]

/** Every endpoint, by its heading in the reference. */
export const headings: Record<string, Endpoint<Ctx>[]> = {}
for (const { endpoints = {} } of slices)
  for (const [heading, each] of Object.entries(endpoints)) headings[heading] = [...(headings[heading] ?? []), ...each]

/** Every endpoint. */
export const endpoints: Endpoint<Ctx>[] = Object.values(headings).flat()

/** Every event that Kith emits. */
export const declaredEvents = slices.flatMap(eventsOf)
