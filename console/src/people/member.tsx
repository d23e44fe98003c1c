import { Badge, type Tone } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import { told } from '../session.ts'

export type User = {
  id: number
  username: string
  real_name: string
  avatar: string | null
  role: string | null
  status: 'a' | 'b' | 'd' | 'u'
  date_joined: string
  reputation: number
}

/** As moderators see a member in lists. */
export type ModerationUser = User & {
  blocked_at: string | null
  days_blocked: number | null
  expire_at: string | null
  flags_given: number
  flags_received: number
}

export const roles: Record<string, string> = {
  admin: 'Administrator',
  moderator: 'Moderator',
  editor: 'Editor',
  publisher: 'Publisher',
}

/** What a role lets somebody do. */
export const roleMeans: Record<string, string> = {
  admin: 'May do everything, here and by the API.',
  moderator: 'Looks after what is published: flagged content, and blocking members.',
  editor: 'Is of the staff: publishes where only the staff may, and sees inactive categories.',
  publisher: 'May add polls, whatever the option says.',
  '': 'Has no part in running the community.',
}

const standings: Record<User['status'], [Tone, string]> = {
  a: ['good', 'Active'],
  b: ['warn', 'Blocked'],
  d: ['calm', 'Deleted'],
  u: ['calm', 'Erased'],
}

/** How a member stands, and until when. */
export function Standing({ of }: { of: Pick<User, 'status'> & { expire_at?: string | null } }) {
  const [tone, says] = standings[of.status] ?? ['calm', of.status]
  return (
    <span>
      <Badge tone={tone}>{says}</Badge>
      {of.status === 'b' && of.expire_at && (
        <span class="hint">
          {' '}
          until <Time at={of.expire_at} />
        </span>
      )}
    </span>
  )
}

export const Role = ({ role }: { role: string | null }) =>
  role ? <Badge tone="calm">{roles[role] ?? role}</Badge> : <span class="hint">Member</span>

/** The path of a picture on this server; the console loads nothing from elsewhere. */
function pathOf(picture: string | null): string | null {
  if (!picture) return null
  try {
    const { origin, pathname } = new URL(picture, location.origin)
    return [location.origin, told.publicAddress.replace(/\/+$/, '')].includes(origin) ? pathname : null
  } catch {
    return null
  }
}

/** A member's picture, or the beginning of their name. */
export function Avatar({ of }: { of: Pick<User, 'username' | 'avatar'> }) {
  const path = pathOf(of.avatar)
  return path ? (
    <img class="avatar" src={path} alt="" width="32" height="32" loading="lazy" />
  ) : (
    <span class="avatar" aria-hidden="true">
      {of.username.slice(0, 1).toUpperCase()}
    </span>
  )
}

/** Who a member is, and the way to them. */
export const Who = ({ of }: { of: Pick<User, 'id' | 'username' | 'real_name' | 'avatar'> }) => (
  <span class="member">
    <Avatar of={of} />
    <span>
      <a href={`/console/members/${of.id}`}>
        <bdi>{of.username}</bdi>
      </a>
      {of.real_name && (
        <span class="real clamp">
          <bdi>{of.real_name}</bdi>
        </span>
      )}
    </span>
  </span>
)

/** What a text of members says, without its marks: nothing of it is run or loaded. */
export const plain = (html: string): string =>
  (new DOMParser().parseFromString(html, 'text/html').body.textContent ?? '').trim()
