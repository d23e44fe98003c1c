import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { useData, useGet, usePages } from '../parts/data.ts'
import { confirm } from '../parts/dialog.tsx'
import { Form, TextField } from '../parts/form.tsx'
import { figureOf, List, Table } from '../parts/list.tsx'
import { Badge, Facts, Page, Section } from '../parts/page.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { exactly, Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { Block, Delete, GiveRole, MakeToken } from '../people/acts.tsx'
import { type ModerationUser, plain, Role, Standing, type User, Who } from '../people/member.tsx'
import { isAdmin, told } from '../session.ts'

type Profile = User & {
  email?: string | null
  email_isvalid?: boolean
  ext_id: string | null
  bio: string
  location: string
  connections_counter?: number
  connection_requests_sent_counter?: number
  connection_requests_received_counter?: number
  followers_counter: number
  followings_counter: number
  posts_counter?: number
  discussions_counter?: number
  statuses_counter?: number
  deleted_at?: string | null
}

type Request = {
  id: number
  from_user: User
  to_user: User
  created: string | null
  viewed: string | null
  rejected: string | null
}
type Party = { id: number; username: string } | null
type Past = { event_id: number; type: string; created: number; from_user: Party; to_user: Party }

const happened: Record<string, string> = {
  'connection_request.created': 'asked',
  'connection_request.rejected': 'was rejected by',
  'connection_request.restored': 'was given another chance by',
  'connection_request.cancelled': 'took back the request to',
  'connection.created': 'was accepted by',
  'connection.deleted': 'is no longer connected with',
  'connection.follow': 'followed',
  'connection.unfollow': 'stopped following',
}

const Party = ({ of }: { of: Party }) =>
  of ? (
    <a href={`/console/members/${of.id}`}>
      <bdi>{of.username}</bdi>
    </a>
  ) : (
    <span class="hint">somebody who was erased</span>
  )

function Requests({ id }: { id: number }) {
  const received = usePages<Request>(`/user/${id}/connection/requests/`, { limit: 10 })
  const sent = usePages<Request>(`/user/${id}/connection/requests_sent/`, { limit: 10 })
  // In follow mode nobody asks.
  if (received.error && sent.error) return null
  const columns = (side: 'from_user' | 'to_user') => [
    { title: side === 'from_user' ? 'From' : 'To', heading: true, cell: (each: Request) => <Who of={each[side]} /> },
    { title: 'Asked', cell: (each: Request) => (each.created ? <Time at={each.created} /> : '–') },
    {
      title: 'Seen',
      cell: (each: Request) => (each.viewed ? <Time at={each.viewed} /> : <span class="hint">not yet</span>),
    },
  ]
  return (
    <div class="grid">
      <Section title="Requests received">
        <List
          caption="Requests received"
          of={received}
          keyOf={({ id }) => id}
          columns={columns('from_user')}
          empty={<p class="hint">Nobody waits for an answer.</p>}
        />
      </Section>
      <Section title="Requests sent">
        <List
          caption="Requests sent"
          of={sent}
          keyOf={({ id }) => id}
          columns={columns('to_user')}
          empty={<p class="hint">No request is open.</p>}
        />
      </Section>
    </div>
  )
}

function History({ id }: { id: number }) {
  const history = useGet<{ results: Past[]; looked_at: number }>(`/user/${id}/connection/history/`)
  const { data, error } = history
  return (
    <Section title="What happened between them and others">
      {error && <Failed error={error} retry={() => void history.reload()} />}
      {!data && !error && <Loading />}
      {data && !data.results.length && <p class="hint">Nothing in the last events.</p>}
      {data && data.results.length > 0 && (
        <>
          <ol class="history">
            {data.results.map((each) => (
              <li key={each.event_id}>
                <Party of={each.from_user} /> {happened[each.type] ?? each.type} <Party of={each.to_user} />
                <span class="hint">
                  {' '}
                  · <Time at={each.created} />
                </span>
              </li>
            ))}
          </ol>
          <p class="hint">
            From the last {figureOf(data.looked_at)} events of each type. What is older is in the event log.
          </p>
        </>
      )}
    </Section>
  )
}

type Unit = { type: string } & Record<string, unknown>
type Thing = {
  id: number
  title?: string
  html?: string
  summary?: string
  added_at: string
  deleted?: boolean
  collapsed?: boolean
}

function Written({ id }: { id: number }) {
  const feed = usePages<Unit>(`/user/${id}/feed/`, { limit: 5 })
  const thing = (unit: Unit) => unit[unit.type] as Thing
  return (
    <Section title="What they wrote">
      <List
        caption="What the member wrote"
        of={feed}
        keyOf={(unit) => `${unit.type} ${thing(unit).id}`}
        empty={<p class="hint">Nothing yet.</p>}
        columns={[
          {
            title: 'Text',
            heading: true,
            cell: (unit) => {
              const { title, html, summary } = thing(unit)
              return (
                <span class="clamp plain">
                  <bdi>{title || plain(html ?? summary ?? '') || '(no words)'}</bdi>
                </span>
              )
            },
          },
          { title: 'Kind', cell: (unit) => <Badge tone="calm">{unit.type}</Badge> },
          { title: 'When', cell: (unit) => <Time at={thing(unit).added_at} /> },
        ]}
      />
    </Section>
  )
}

type Score = {
  id: number
  score: number
  reputation_type_description: string
  comment: string | null
  created_by: { username: string } | null
  reputed_at: string
}

function Points({ of, onDone }: { of: Profile; onDone(): void }) {
  const scores = usePages<Score>('/score/', { user: of.id, limit: 5 })
  const [open, setOpen] = useState(false)
  return (
    <Section
      title={`Points: ${figureOf(of.reputation)}`}
      actions={
        <button type="button" class="small" aria-expanded={open} onClick={() => setOpen(!open)}>
          Give or take
        </button>
      }
    >
      {open && (
        <Form
          action="Give these points"
          fields={['score', 'comment']}
          onSend={async (values) => {
            await api.post('/score/', {
              user_id: of.id,
              score: Number(values.get('score')),
              comment: values.get('comment'),
            })
            toast(`${of.username} has other points now.`)
            setOpen(false)
            onDone()
            await scores.reload()
          }}
        >
          <TextField name="score" label="Points" type="number" required hint="A negative number takes them." />
          <TextField name="comment" label="What for" required maxLength={1000} />
        </Form>
      )}
      <List
        caption="Points of the member"
        of={scores}
        keyOf={({ id }) => id}
        empty={<p class="hint">None yet.</p>}
        columns={[
          { title: 'Points', figure: true, cell: ({ score }) => (score > 0 ? `+${score}` : `−${-score}`) },
          {
            title: 'For',
            heading: true,
            cell: ({ comment, reputation_type_description }) => (
              <span class="clamp plain">
                <bdi>{comment || reputation_type_description}</bdi>
              </span>
            ),
          },
          { title: 'When', cell: ({ reputed_at }) => <Time at={reputed_at} /> },
        ]}
      />
    </Section>
  )
}

type Entry = {
  id: number
  at: string
  actor: { id: number; username: string } | null
  operator: string | null
  act: string
  target: number | null
  fields: string[]
}

/** What was done to a member by those with a role. */
function Audit({ id }: { id: number }) {
  const entries = usePages<Entry>('/audit/', { target: id, limit: 50 })
  // Other things have this id, too.
  const rows = entries.rows.filter(({ act }) => /\/(user|registration|moderation\/user)\/|^kith /.test(act))
  return (
    <Section title="Audit trail">
      {entries.error && <Failed error={entries.error} retry={() => void entries.reload()} />}
      {rows.length ? (
        <Table
          caption="What was done to this member"
          rows={rows}
          keyOf={(each) => each.id}
          columns={[
            { title: 'When', cell: ({ at }) => <Time at={at} /> },
            { title: 'Who', cell: ({ actor, operator }) => <bdi>{actor?.username ?? operator ?? '–'}</bdi> },
            {
              title: 'What',
              heading: true,
              cell: ({ act, fields }) => (
                <>
                  <code>{act}</code>
                  {fields.length > 0 && <span class="hint"> {fields.join(', ')}</span>}
                </>
              ),
            },
          ]}
        />
      ) : (
        !entries.loading && <p class="hint">Nothing was done to them by a role in the last year.</p>
      )}
    </Section>
  )
}

type Open = 'block' | 'role' | 'delete' | 'token' | null

export default function Member({ id: called }: { id: string }) {
  const member = useData(
    async (signal) => {
      const profile = await api.get<Profile>(`/user/${called}/`, {}, signal)
      const { results } = await api.get<{ results: ModerationUser[] }>(
        '/moderation/user/',
        { search: profile.username, limit: 100 },
        signal,
      )
      return { profile, seen: results.find(({ id }) => id === profile.id) ?? null }
    },
    [called],
  )
  const [open, setOpen] = useState<Open>(null)
  /** What was done here since: the trail is read again. */
  const [acts, setActs] = useState(0)
  const above = { href: '/console/members', title: 'Members' }
  const { data, error } = member
  if (!data)
    return (
      <Page title="Member" above={above}>
        {error ? <Failed error={error} retry={() => void member.reload()} /> : <Loading />}
      </Page>
    )
  const { profile, seen } = data
  const { id, username } = profile
  const self = id === told.member.id
  const here = profile.status === 'a' || profile.status === 'b'
  const done = () => {
    setActs(acts + 1)
    void member.reload()
  }
  const props = { of: profile, onClose: () => setOpen(null), onDone: done }
  const ask = (title: string, text: string, action: string, act: () => Promise<unknown>, says: string) =>
    confirm({
      title,
      text: <p>{text}</p>,
      action,
      act: async () => {
        await act()
        toast(says)
        done()
      },
    })
  return (
    <Page
      title={username}
      above={above}
      says={profile.real_name && <bdi>{profile.real_name}</bdi>}
      actions={
        here &&
        !self && (
          <>
            {profile.status === 'b' ? (
              <button
                type="button"
                class="main"
                onClick={() =>
                  ask(
                    `Unblock ${username}?`,
                    'They may publish, vote and connect again, and get back the points that the block took.',
                    'Unblock',
                    () => api.patch(`/moderation/user/${id}/`, { status: 'a' }),
                    `${username} is not blocked any more.`,
                  )
                }
              >
                Unblock
              </button>
            ) : (
              <button type="button" onClick={() => setOpen('block')}>
                Block
              </button>
            )}
            {isAdmin && (
              <>
                <button type="button" onClick={() => setOpen('role')}>
                  Change role
                </button>
                <button type="button" class="danger" onClick={() => setOpen('delete')}>
                  Delete
                </button>
              </>
            )}
          </>
        )
      }
    >
      {self && (
        <p class="note">
          This is you. Blocking, deleting and your own role are for another administrator: nobody locks themselves out.
        </p>
      )}
      <Section title="Who they are">
        <Facts
          of={[
            ['Standing', <Standing of={{ ...profile, expire_at: seen?.expire_at }} />],
            ['Role', <Role role={profile.role} />],
            ['Joined', <span>{exactly(profile.date_joined)}</span>],
            ...((isAdmin
              ? [
                  [
                    'E-mail address',
                    <>
                      <bdi>{profile.email ?? 'none'}</bdi>{' '}
                      {profile.email && !profile.email_isvalid && <Badge tone="warn">Not confirmed</Badge>}
                    </>,
                  ],
                  ['Id elsewhere', <bdi>{profile.ext_id ?? 'none'}</bdi>],
                ]
              : []) as [string, preact.ComponentChildren][]),
            [
              'Connections',
              isAdmin ? (
                <a href={`/console/graph/${id}`}>
                  {figureOf(profile.connections_counter ?? profile.followers_counter ?? 0)}, as a graph
                </a>
              ) : (
                figureOf(profile.connections_counter ?? profile.followers_counter ?? 0)
              ),
            ],
            ['Flags received', seen ? figureOf(seen.flags_received) : '–'],
            ['Flags given', seen ? figureOf(seen.flags_given) : '–'],
          ]}
        />
        {profile.bio && (
          <p class="clamp">
            <bdi>{profile.bio}</bdi>
          </p>
        )}
        {isAdmin && here && (
          <div class="buttons">
            <button
              type="button"
              disabled={!profile.email}
              title={profile.email ? undefined : 'Without an address: kith reset-password sets one.'}
              onClick={() =>
                ask(
                  `Reset the password of ${username}?`,
                  'They get a mail with a link by which they choose another. The one they have is good until then.',
                  'Send the mail',
                  () => api.post(`/user/${id}/recover/`),
                  'The mail is on its way.',
                )
              }
            >
              Reset password
            </button>
            <button
              type="button"
              onClick={() =>
                ask(
                  `Sign ${username} out everywhere?`,
                  self
                    ? 'All your sessions end, this one, too, and what you allowed apps. You sign in again.'
                    : 'All their sessions end, and what they allowed apps. They sign in again with their password.',
                  'Sign out',
                  () => api.post(`/user/${id}/sign_out/`),
                  `${username} is signed out everywhere.`,
                )
              }
            >
              Sign out everywhere
            </button>
            {profile.status === 'a' && (
              <button type="button" onClick={() => setOpen('token')}>
                Make a token
              </button>
            )}
          </div>
        )}
      </Section>
      {!here && (
        <Empty title={profile.status === 'd' ? 'This member is deleted' : 'This member is erased'}>
          They are in no list any more, and nobody can sign in as them.
        </Empty>
      )}
      {isAdmin && here && <Requests id={id} />}
      {isAdmin && here && <History id={id} />}
      {here && <Written id={id} />}
      {here && <Points of={profile} onDone={done} />}
      {isAdmin && <Audit id={id} key={acts} />}
      {open === 'block' && <Block {...props} />}
      {open === 'role' && <GiveRole {...props} />}
      {open === 'delete' && <Delete {...props} />}
      {open === 'token' && <MakeToken {...props} />}
    </Page>
  )
}
