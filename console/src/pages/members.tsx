import { useEffect, useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { confirm } from '../parts/dialog.tsx'
import { SelectField, TextField } from '../parts/form.tsx'
import { figureOf, List } from '../parts/list.tsx'
import { Badge, Page, Section } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { toast, toastError } from '../parts/toast.tsx'
import { type ModerationUser, Role, Standing, Who } from '../people/member.tsx'
import { isAdmin } from '../session.ts'
import Member from './member.tsx'

/** The latest of what is typed, once nobody types for a moment. */
export function useSettled<Of>(value: Of, ms = 250): Of {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

type Waits = { id: number; username: string; email: string | null; email_isvalid: boolean; created_at: string }

/** Those who have made an account, and are let in by hand. */
function Waiting() {
  const waiting = usePages<Waits>('/registration/')
  if (!waiting.rows.length) return null
  const approve = async ({ id, username }: Waits) => {
    try {
      await api.post(`/registration/${id}/approve/`)
      toast(`${username} is a member now.`)
      await waiting.reload()
    } catch (error) {
      toastError(error)
    }
  }
  const refuse = ({ id, username }: Waits) =>
    confirm({
      title: `Do not let ${username} in?`,
      text: <p>The account is gone, and its name free again. A mail tells them.</p>,
      action: 'Do not let in',
      danger: true,
      act: async () => {
        await api.delete(`/registration/${id}/`)
        toast(`${username} was not let in.`)
        await waiting.reload()
      },
    })
  return (
    <Section title="Waiting to be let in">
      <List
        caption="Members who wait to be let in"
        of={waiting}
        keyOf={({ id }) => id}
        empty={<p>Nobody waits.</p>}
        columns={[
          { title: 'Name', heading: true, cell: ({ username }) => <bdi>{username}</bdi> },
          {
            title: 'Address',
            cell: ({ email, email_isvalid }) => (
              <>
                <bdi>{email ?? 'none'}</bdi> {email && !email_isvalid && <Badge tone="warn">Not confirmed yet</Badge>}
              </>
            ),
          },
          { title: 'Asked', cell: ({ created_at }) => <Time at={created_at} /> },
          {
            title: '',
            cell: (each) => (
              <span class="actions">
                <button type="button" class="small main" onClick={() => void approve(each)}>
                  Let in<span class="hidden"> {each.username}</span>
                </button>
                <button type="button" class="small" onClick={() => refuse(each)}>
                  Refuse<span class="hidden"> {each.username}</span>
                </button>
              </span>
            ),
          },
        ]}
      />
    </Section>
  )
}

const states = {
  '': 'Any',
  a: 'Active',
  b: 'Blocked',
  days: 'Blocked for some days',
  forever: 'Blocked until ended',
  d: 'Deleted',
  u: 'Erased',
}

function All() {
  const [search, setSearch] = useState(new URLSearchParams(location.search).get('search') ?? '')
  const [state, setState] = useState('')
  const [role, setRole] = useState('')
  const [since, setSince] = useState('')
  const settled = useSettled(search)
  const days = state === 'days' || state === 'forever' ? state : undefined
  const members = usePages<ModerationUser>('/moderation/user/', {
    search: settled.trim(),
    status: days ? 'b' : state,
    days_blocked: days,
    role,
    since: since && new Date(since).toISOString(),
    limit: 25,
  })
  const filtered = Boolean(settled.trim() || state || role || since)
  return (
    <Page title="Members" says="Everybody there is, who they are, and what they may do.">
      {isAdmin && <Waiting />}
      <search class="filters">
        <TextField
          name="search"
          label="Search"
          type="search"
          value={search}
          onInput={setSearch}
          placeholder="Part of a name, in any script"
        />
        <SelectField name="state" label="Standing" options={states} onChange={setState} />
        <SelectField
          name="role"
          label="Role"
          options={{
            '': 'Any',
            admin: 'Administrators',
            moderator: 'Moderators',
            editor: 'Editors',
            publisher: 'Publishers',
          }}
          onChange={setRole}
        />
        <TextField name="since" label="Joined from" type={'date' as 'text'} onInput={setSince} />
      </search>
      <Section title={filtered ? 'Found' : 'All members'}>
        <List
          caption="Members"
          of={members}
          keyOf={({ id }) => id}
          empty={
            filtered ? (
              <Empty title="Nobody fits">Try less of the name, or another filter.</Empty>
            ) : (
              <Empty title="Nobody is here yet">Members come by the sign-up page, or by the API.</Empty>
            )
          }
          columns={[
            { title: 'Member', heading: true, cell: (each) => <Who of={each} /> },
            { title: 'Standing', cell: (each) => <Standing of={each} /> },
            { title: 'Role', cell: (each) => <Role role={each.role} /> },
            { title: 'Joined', cell: (each) => <Time at={each.date_joined} /> },
            { title: 'Points', figure: true, cell: (each) => figureOf(each.reputation) },
            { title: 'Flags received', figure: true, cell: (each) => figureOf(each.flags_received) },
          ]}
        />
      </Section>
    </Page>
  )
}

export default function Members({ rest }: { rest: string }) {
  return rest ? <Member id={rest} key={rest} /> : <All />
}
