import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { useData, useGet } from '../parts/data.ts'
import { confirm, Dialog } from '../parts/dialog.tsx'
import { Form, SelectField, TextField } from '../parts/form.tsx'
import { figureOf } from '../parts/list.tsx'
import { Badge, Page, Section } from '../parts/page.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { toast } from '../parts/toast.tsx'

type Value = boolean | number | string
type Meaning = {
  id: number
  section: string
  name: string
  type: string
  help: string
  default: Value
  choices: string[] | null
  min: number | null
  max: number | null
  max_length: number | null
  required: boolean
  secret: boolean
  set: boolean
  not_yet: string | null
}
type Option = Meaning & { value: Value }

const sections: Record<string, string> = {
  kith: 'Friendships and registration',
  configurations: 'How the community works',
  addons: 'What members can do',
  text: 'Names and words',
  logo: 'Logos',
  colors: 'Colours',
  style: 'Style',
  images: 'Pictures',
  covers: 'Covers of the home page',
  staff: 'Staff',
  providers: 'Other services',
  loyalty: 'Loyalty points',
  webmaster: 'Search engines',
  analytics: 'Analytics',
  advertising: 'Advertising',
  static: 'Installation',
}

/** What a change does that is not easily seen, or not easily taken back. */
const dangers: Record<string, string> = {
  content_availability: 'It decides whether visitors who are not signed in read the community.',
  closed_community: 'It decides whether people can make an account by themselves.',
  users_approval_enabled: 'It decides whether new members wait until an administrator lets them in.',
  signup_email_confirmation: 'It decides whether new members confirm an address before they are in.',
  connection_enabled:
    'Without it there are no connections in friendship mode: buttons and lists go, nothing is deleted.',
  app_url: 'Links in mails lead there from now on. A wrong address breaks all of them.',
  custom_code_body: 'It runs in the browser of everybody who opens a page, with their rights.',
  custom_code_head: 'It runs in the browser of everybody who opens a page, with their rights.',
  user_metadata_definition: 'A field that is taken away is no longer shown; what members wrote into it stays hidden.',
  connection_request_expiry_days: 'Requests that are older than that end within minutes, and receivers are told.',
  post_type_enabled: 'All posts disappear or come back for everybody.',
  discussion_type_enabled: 'All discussions disappear or come back for everybody.',
  status_type_enabled: 'All statuses disappear or come back for everybody.',
}

type Totals = {
  mode: 'friendship' | 'follow'
  connections: number
  requests: number
  rejected: number
  followings: number
  counted_to: number
}

/** Says what switching does, in numbers, before it is done. */
function Switching({ to, onClose, onDone }: { to: 'friendship' | 'follow'; onClose(): void; onDone(): void }) {
  const totals = useGet<Totals>('/connection/totals/')
  const { data, error } = totals
  const n = (value: number) => (
    <strong>{data && value >= data.counted_to ? `${figureOf(value)} or more` : figureOf(value)}</strong>
  )
  const follow = to === 'follow'
  return (
    <Dialog title={follow ? 'Switch to following?' : 'Switch to friendship?'} onClose={onClose}>
      {error && <Failed error={error} retry={() => void totals.reload()} />}
      {!data && !error && <Loading what="Counting" />}
      {data && (
        <Form
          action={follow ? 'Switch to following' : 'Switch to friendship'}
          danger
          fields={[]}
          onSend={async () => {
            await api.patch(
              '/dynamic_preference/',
              follow ? { follow_enabled: true } : { follow_enabled: false, connection_enabled: true },
            )
            toast(follow ? 'Members follow each other now.' : 'Members connect by friendship now.')
            onDone()
            onClose()
          }}
        >
          <p>Nothing is deleted. What is of the other mode sleeps, and is back when you switch back.</p>
          <ul class="effects">
            {follow ? (
              <>
                <li>{n(data.connections)} friendships sleep: nobody sees them, counters and mutual friends go.</li>
                <li>{n(data.requests)} open requests wait, and cannot be answered meanwhile.</li>
                <li>{n(data.rejected)} rejected requests stay as they are.</li>
                <li>{n(data.followings)} followings of before are in effect at once.</li>
              </>
            ) : (
              <>
                <li>{n(data.followings)} followings sleep: nobody sees them, followers are counted nowhere.</li>
                <li>{n(data.connections)} friendships of before are in effect at once.</li>
                <li>{n(data.requests)} requests of before are open again, for their answer.</li>
                <li>{n(data.rejected)} rejected requests are as they were.</li>
              </>
            )}
            <li>
              Home feeds, notifications and who may write private messages follow{' '}
              {follow ? 'whom one follows' : 'whom one is connected with'} from then on.
            </li>
            <li>
              Acts of the other mode answer 400, and their events are not sent: receivers of{' '}
              <code>{follow ? 'connection_request.*' : 'connection.follow'}</code> hear nothing meanwhile. What ends
              then, as a member leaves, is told after you switch back.
            </li>
          </ul>
        </Form>
      )}
    </Dialog>
  )
}

function Mode({ options, onDone }: { options: Option[]; onDone(): void }) {
  const [open, setOpen] = useState(false)
  const is = (name: string) => options.find((each) => each.name === name)?.value === true
  const follow = is('follow_enabled')
  const enabled = follow || is('connection_enabled')
  return (
    <Section
      title="How members connect"
      actions={
        <button type="button" onClick={() => setOpen(true)}>
          {follow ? 'Switch to friendship …' : 'Switch to following …'}
        </button>
      }
    >
      <p>
        {!enabled ? (
          <>
            <Badge tone="warn">Not at all</Badge> Friendship is the mode, and <code>connection_enabled</code> is off.
          </>
        ) : follow ? (
          <>
            <Badge tone="good">Following</Badge> A member follows another at a press, and nobody has to agree.
          </>
        ) : (
          <>
            <Badge tone="good">Friendship</Badge> A member asks, another accepts, and both are connected.
          </>
        )}
      </p>
      {open && <Switching to={follow ? 'friendship' : 'follow'} onClose={() => setOpen(false)} onDone={onDone} />}
    </Section>
  )
}

const shownValue = ({ value, type, secret, set }: Option) => {
  if (secret) return set ? <span class="hint">set, and never shown</span> : <span class="hint">not set</span>
  if (value === '') return <span class="hint">empty</span>
  if (type === 'color')
    return (
      <span class="swatch">
        <svg width="16" height="16" aria-hidden="true">
          <rect width="16" height="16" rx="3" fill={String(value)} stroke="currentColor" stroke-opacity="0.4" />
        </svg>
        <code>{String(value)}</code>
      </span>
    )
  return (
    <span class="clamp plain">
      <bdi>{String(value)}</bdi>
    </span>
  )
}

function Change({ of, onClose, onDone }: { of: Option; onClose(): void; onDone(): void }) {
  const long = ['text', 'code', 'json'].includes(of.type) || of.secret
  const hint = [
    of.help,
    of.min !== null && of.max !== null && `From ${figureOf(of.min)} to ${figureOf(of.max)}.`,
    of.secret && 'Whoever reads options never sees it. Leave it empty to take it away.',
    !of.secret && of.default !== '' && `Unless it is changed: ${String(of.default)}`,
  ]
    .filter(Boolean)
    .join(' ')
  const save = async (value: Value) => {
    await api.patch('/dynamic_preference/', { [of.name]: value })
    toast(`${of.name} is changed.`)
    onDone()
    onClose()
  }
  return (
    <Dialog title={of.name} onClose={onClose} wide={long}>
      {dangers[of.name] && <p class="note warn">{dangers[of.name]}</p>}
      <Form
        action="Save"
        danger={of.name in dangers}
        fields={[of.name]}
        also={
          of.set && !of.secret ? (
            <button
              type="button"
              onClick={() => save(of.default).catch((error) => toast(error.message, { bad: true }))}
            >
              Back to what it was made as
            </button>
          ) : undefined
        }
        onSend={(values) => {
          const sent = String(values.get(of.name) ?? '')
          return save(of.type === 'integer' ? Number(sent) : sent)
        }}
      >
        {of.choices ? (
          <SelectField
            name={of.name}
            label="Value"
            hint={hint}
            value={String(of.value)}
            options={Object.fromEntries(of.choices.map((each) => [each, each]))}
          />
        ) : (
          <TextField
            name={of.name}
            label="Value"
            hint={hint}
            value={of.secret ? '' : String(of.value)}
            type={of.type === 'integer' ? 'number' : 'text'}
            rows={long ? 8 : undefined}
            required={of.required || of.type === 'integer'}
            maxLength={of.max_length ?? undefined}
          />
        )}
      </Form>
    </Dialog>
  )
}

function Row({ of, onDone }: { of: Option; onDone(): void }) {
  const [open, setOpen] = useState(false)
  const toggle = (value: boolean) => {
    const save = async () => {
      await api.patch('/dynamic_preference/', { [of.name]: value })
      toast(`${of.name} is ${value ? 'on' : 'off'}.`)
      onDone()
    }
    if (!dangers[of.name]) return save().catch((error) => toast(error.message, { bad: true }))
    confirm({
      title: `Switch ${of.name} ${value ? 'on' : 'off'}?`,
      text: <p>{dangers[of.name]}</p>,
      action: value ? 'Switch on' : 'Switch off',
      danger: true,
      act: save,
    })
  }
  return (
    <li class="option">
      <div>
        <p class="says-it" id={`help-${of.id}`}>
          {of.help}
        </p>
        <p class="hint">
          <code>{of.name}</code> {of.set && !of.not_yet && <Badge tone="calm">Changed</Badge>}{' '}
          {of.not_yet && <Badge tone="warn">Not built yet</Badge>}
        </p>
      </div>
      <div class="value">
        {of.type === 'boolean' ? (
          <button
            type="button"
            role="switch"
            class="switch"
            aria-checked={of.value === true}
            aria-labelledby={`help-${of.id}`}
            disabled={of.not_yet !== null}
            onClick={() => void toggle(of.value !== true)}
          >
            {of.value ? 'On' : 'Off'}
          </button>
        ) : (
          <>
            {shownValue(of)}
            <button type="button" class="small" disabled={of.not_yet !== null} onClick={() => setOpen(true)}>
              Change<span class="hidden"> {of.name}</span>
            </button>
          </>
        )}
      </div>
      {open && <Change of={of} onClose={() => setOpen(false)} onDone={onDone} />}
    </li>
  )
}

export default function Options() {
  const [search, setSearch] = useState(new URLSearchParams(location.search).get('search') ?? '')
  const [which, setWhich] = useState('')
  const options = useData(async (signal) => {
    const [meanings, values] = await Promise.all([
      api.get<Meaning[]>('/dynamic_preference/meaning/', {}, signal),
      api.get<{ results: { id: number; value: Value }[] }>('/dynamic_preference/', {}, signal),
    ])
    const byId = new Map(values.results.map(({ id, value }) => [id, value]))
    return meanings.map((each): Option => ({ ...each, value: byId.get(each.id) ?? each.default }))
  })
  const { data, error } = options
  const done = () => void options.reload()
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (of: Option) =>
    words.every((word) => `${of.section}.${of.name} ${of.help}`.toLowerCase().includes(word)) &&
    (which === 'changed' ? of.set : which === 'later' ? of.not_yet !== null : true)
  const found = data?.filter((each) => each.name !== 'follow_enabled' && fits(each)) ?? []
  const filtered = words.length > 0 || which !== ''
  return (
    <Page
      title="Options"
      says="Everything that can be set in this community. A change holds at once, for everybody, and receivers of dynamic_preference.updated are told."
    >
      {error && <Failed error={error} retry={done} />}
      {!data && !error && <Loading />}
      {data && (
        <>
          <Mode options={data} onDone={done} />
          <search class="filters">
            <TextField
              name="search"
              label="Search"
              type="search"
              value={search}
              onInput={setSearch}
              placeholder="What it does, or what it is called"
            />
            <SelectField
              name="which"
              label="Which"
              options={{ '': 'All', changed: 'Changed here', later: 'Not built yet' }}
              onChange={setWhich}
            />
            <p class="hint" role="status">
              {figureOf(found.length)} options
            </p>
          </search>
          {!found.length && <Empty title="No option fits">Try another word.</Empty>}
          {Object.entries(sections).map(([section, title]) => {
            const mine = found.filter((each) => each.section === section)
            return (
              mine.length > 0 && (
                <details class="box options" key={`${section}-${filtered}`} open={filtered || section === 'kith'}>
                  <summary>
                    <h2>{title}</h2> <span class="hint">{figureOf(mine.length)}</span>
                  </summary>
                  <ul>
                    {mine.map((each) => (
                      <Row key={each.id} of={each} onDone={done} />
                    ))}
                  </ul>
                </details>
              )
            )
          })}
        </>
      )}
    </Page>
  )
}
