import { useState } from 'preact/hooks'
import { api, type PageOf } from '../api.ts'
import { Chart } from '../parts/chart.tsx'
import { Code } from '../parts/code.tsx'
import { useData } from '../parts/data.ts'
import { figureOf } from '../parts/list.tsx'
import { type KithEvent, useEvents, useEvery } from '../parts/live.ts'
import { Badge, Page, Section } from '../parts/page.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { told } from '../session.ts'
import type { Health, Outcomes } from '../types.ts'
import { explain } from '../webhooks/explain.ts'

type Day = { day: string; events: Record<string, number> }

const kinds = ['post', 'discussion', 'status']
/** What is drawn, and of which events it is made. */
const drawn: { title: string; of: string[]; says: string; total?: keyof Totals }[] = [
  { title: 'Members', of: ['user.created'], says: 'joined', total: 'members' },
  { title: 'Connections', of: ['connection.created', 'connection.follow'], says: 'began' },
  { title: 'Requests', of: ['connection_request.created'], says: 'were sent' },
  {
    title: 'Contributions',
    of: kinds.map((kind) => `${kind}.created`),
    says: 'were written',
    total: 'contributions',
  },
]
type Totals = { members: number; contributions: number }

const dayOf = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const spans = { 7: '7 days', 30: '30 days', 90: '90 days', 366: 'A year' }

/** What happens, at a glance. */
export default function Overview() {
  const [days, setDays] = useState(30)
  return (
    <Page
      title="Overview"
      says={told.publicAddress}
      actions={
        <label class="inline">
          <span>Show</span>
          <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {Object.entries(spans).map(([value, says]) => (
              <option key={value} value={value}>
                {says}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <FirstSteps />
      <Growth days={days} />
      <Now />
      <OverTime days={days} />
      <div class="grid">
        <Deliveries />
        <Latest />
      </div>
    </Page>
  )
}

async function readGrowth(days: number, signal: AbortSignal) {
  const { results } = await api.get<{ results: Day[] }>('/events/daily/', { days }, signal)
  return { results, totals: await api.get<Totals>('/system/totals/', {}, signal) }
}

function Growth({ days }: { days: number }) {
  const counted = useData((signal) => readGrowth(days, signal), [days])
  useEvery(30_000, counted.reload)
  if (counted.error && !counted.data) return <Failed error={counted.error} retry={() => void counted.reload()} />
  if (!counted.data) return <Loading />
  const { results, totals } = counted.data
  const at = results.map(({ day }) => Date.parse(`${day}T00:00Z`) / 1000)
  return (
    <div class="tiles">
      {drawn.map(({ title, of, says, total }) => {
        const values = results.map(({ events }) => of.reduce((sum, type) => sum + (events[type] ?? 0), 0))
        const all = values.reduce((sum, each) => sum + each, 0)
        return (
          <Section key={title} title={title}>
            <p class="big">
              {total ? figureOf(totals[total]) : `+${figureOf(all)}`}{' '}
              <small>
                {total ? `now, ${figureOf(all)} ${says}` : says} in {days === 366 ? 'a year' : `${days} days`}
              </small>
            </p>
            <Chart
              title={`${title} by day`}
              at={at}
              lines={[{ title, colour: 'accent', values }]}
              moment={(each) => dayOf.format(new Date(each * 1000))}
              tick={(each) => shortDay.format(new Date(each * 1000))}
              height={120}
              bars
            />
          </Section>
        )
      })}
    </div>
  )
}

type Minutes = { since: number; results: { at: number; events: number }[] }
const timeOf = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })

function Now() {
  const counted = useData((signal) => api.get<Minutes>('/events/minutes/', {}, signal))
  useEvery(5_000, counted.reload)
  if (counted.error && !counted.data) return <Failed error={counted.error} retry={() => void counted.reload()} />
  if (!counted.data) return <Loading />
  const { since, results } = counted.data
  const first = Math.ceil(since / 60) * 60
  const last = Math.floor(Date.now() / 60_000) * 60
  const by = new Map(results.map(({ at, events }) => [at, events]))
  const at = Array.from({ length: Math.max(2, Math.min(61, (last - first) / 60 + 1)) }, (_, i) => first + i * 60)
  const values = at.map((each) => by.get(each) ?? 0)
  const quiet = values.every((each) => each === 0)
  return (
    <Section title="Events a minute" actions={<span class="faint live">Live</span>}>
      <p class="faint">
        {quiet
          ? 'Nothing has happened in the last hour.'
          : `${figureOf(values.reduce((sum, each) => sum + each, 0))} in the last ${at.length - 1} minutes, ${figureOf(
              Math.max(...values),
            )} in the busiest.`}
      </p>
      <Chart
        title="Events by minute"
        at={at}
        lines={[{ title: 'Events', colour: 'accent', values }]}
        moment={(each) => timeOf.format(new Date(each * 1000))}
        tick={(each) => timeOf.format(new Date(each * 1000))}
        height={110}
        bars
      />
    </Section>
  )
}

const outcomes = [
  ['Delivered', 'delivered', 'good'],
  ['Refused', 'refused', 'warn'],
  ['Not answered', 'unanswered', 'bad'],
] as const
const linesOf = (results: Outcomes[]) =>
  outcomes.map(([title, of, colour]) => ({ title, colour, values: results.map((each) => each[of]) }))
const none: Outcomes = { delivered: 0, refused: 0, unanswered: 0 }

async function readOutcomes(days: number, signal: AbortSignal) {
  const read = <Of,>(path: string, query = {}) => api.get<{ results: (Outcomes & Of)[] }>(path, query, signal)
  const { results: daily } = await read<{ day: string }>('/webhook/attempt/daily/', { days })
  return { daily, minutes: (await read<{ at: number }>('/webhook/attempt/minutes/')).results }
}

/** What became of deliveries: in the last hour, and by day. */
function OverTime({ days }: { days: number }) {
  const counted = useData((signal) => readOutcomes(days, signal), [days])
  useEvery(5_000, counted.reload)
  if (counted.error && !counted.data) return <Failed error={counted.error} retry={() => void counted.reload()} />
  if (!counted.data) return <Loading />
  const { daily, minutes } = counted.data
  const all = daily.reduce((sum, each) => sum + each.delivered + each.refused + each.unanswered, 0)
  const failed = all - daily.reduce((sum, each) => sum + each.delivered, 0)
  if (!all)
    return (
      <Section title="Deliveries by outcome">
        <p class="faint">Nothing was sent to anybody in {days === 366 ? 'a year' : `${days} days`}.</p>
      </Section>
    )
  const now = Math.floor(Date.now() / 60_000) * 60
  const at = Array.from({ length: 60 }, (_, i) => now - (59 - i) * 60)
  const by = new Map(minutes.map((each) => [each.at, each]))
  return (
    <Section title="Deliveries by outcome" actions={<span class="faint live">Live</span>}>
      <p class="faint">
        {figureOf(all)} {all === 1 ? 'attempt' : 'attempts'} in {days === 366 ? 'a year' : `${days} days`},{' '}
        {failed ? `of which ${figureOf(failed)} failed.` : 'and none failed.'}
      </p>
      <div class="pair">
        <div>
          <h3>By day</h3>
          <Chart
            title="Deliveries by day"
            at={daily.map(({ day }) => Date.parse(`${day}T00:00Z`) / 1000)}
            lines={linesOf(daily)}
            moment={(each) => dayOf.format(new Date(each * 1000))}
            tick={(each) => shortDay.format(new Date(each * 1000))}
            height={130}
          />
        </div>
        <div>
          <h3>In the last hour</h3>
          <Chart
            title="Deliveries by minute"
            at={at}
            lines={linesOf(at.map((each) => by.get(each) ?? none))}
            moment={(each) => timeOf.format(new Date(each * 1000))}
            tick={(each) => timeOf.format(new Date(each * 1000))}
            height={130}
          />
        </div>
      </div>
    </Section>
  )
}

function Deliveries() {
  const health = useData((signal) => api.get<PageOf<Health>>('/webhook/health/', { limit: 100 }, signal))
  useEvery(5_000, health.reload)
  const rows = health.data?.results ?? []
  const sum = (of: (each: Health) => number) => rows.reduce((all, each) => all + of(each), 0)
  const shares = outcomes.map(([title, of, tone]) => [title, sum(({ recent }) => recent[of]), tone] as const)
  const all = shares.reduce((before, [, n]) => before + n, 0)
  const behind = Math.max(0, ...rows.filter(({ state }) => state === 'healthy').map((each) => each.behind_at_most))
  const ill = rows.filter(({ state }) => state === 'failing' || state === 'paused')
  return (
    <Section title="How endpoints do" actions={<a href="/console/webhooks">All endpoints</a>}>
      {health.error && <Failed error={health.error} retry={() => void health.reload()} />}
      {!health.data && !health.error && <Loading />}
      {health.data && !rows.length && (
        <p class="faint">
          Nobody is told what happens yet. <a href="/console/webhooks/new">Create an endpoint</a>
        </p>
      )}
      {rows.length > 0 && (
        <>
          <p class="faint">{all ? 'Of the last hundred attempts at each endpoint:' : 'Nothing was sent yet.'}</p>
          {all > 0 && (
            <ul class="shares">
              {shares.map(([title, n, tone]) => (
                <li key={title}>
                  <span>{title}</span>
                  <meter class={tone} min={0} max={all} value={n} aria-label={title} />
                  <span class="figure">{figureOf(n)}</span>
                </li>
              ))}
            </ul>
          )}
          <p>
            {behind === 0
              ? 'Those that work have been told all there is.'
              : `The slowest of those that work is at most ${figureOf(behind)} events behind.`}
          </p>
          {ill.map((each) => {
            const { tone, word, says } = explain(each)
            return (
              <p key={each.id}>
                <Badge tone={tone}>{word}</Badge>{' '}
                <a href={`/console/webhooks/${each.id}`}>
                  <bdi>{each.description.trim() || each.target}</bdi>
                </a>
                <span class="sub faint">{says}</span>
              </p>
            )
          })}
        </>
      )}
    </Section>
  )
}

function Latest() {
  const first = useData((signal) => api.get<PageOf<KithEvent>>('/events/', { limit: 12 }, signal))
  const [fresh, setFresh] = useState<KithEvent[]>([])
  useEvents((events) => setFresh((before) => [...[...events].reverse(), ...before].slice(0, 12)))
  const events = [
    ...new Map([...fresh, ...(first.data?.results ?? [])].map((each) => [each.event_id, each])).values(),
  ].slice(0, 12)
  return (
    <Section title="Happening now" actions={<a href="/console/events">All events</a>}>
      {first.error && <Failed error={first.error} retry={() => void first.reload()} />}
      {!first.data && !first.error && <Loading />}
      <ul class="feed">
        {events.map(({ event_id, type, created }) => (
          <li key={event_id}>
            <a href={`/console/events/${event_id}`}>
              <code>{type}</code>
            </a>
            <span class="faint">
              <Time at={created} />
            </span>
          </li>
        ))}
      </ul>
      {first.data && !events.length && <p class="faint">Nothing has happened yet.</p>}
    </Section>
  )
}

/** What to do first, of a community that has nobody but whoever began it. */
function FirstSteps() {
  const state = useData(async (signal) => {
    const members = await api.get<PageOf<unknown>>('/user/', { limit: 1 }, signal)
    const endpoints = await api.get<PageOf<unknown>>('/webhook/health/', { limit: 1 }, signal)
    return { members: members.count ?? 0, endpoints: endpoints.count ?? 0 }
  })
  if (!state.data || state.data.members > 1) return null
  return (
    <Section title="First steps">
      <p class="faint">This community is new. Three things show you what it does.</p>
      <ol class="steps">
        <li>
          <b>Let it tell a program of yours what happens.</b>{' '}
          {state.data.endpoints ? 'That is done.' : <a href="/console/webhooks/new">Create an endpoint</a>}
        </li>
        <li>
          <b>Look at it with people in it.</b> They are made up, and act as people do.
          <Code
            label="command that makes people up"
            text="npm run -s kith -- seed --members 200 --contributions 1000 --add"
          />
        </li>
        <li>
          <b>See it as a member does.</b> <a href="/signup">Create an account</a> with another browser, or{' '}
          <a href="/">look at the first page</a>.
        </li>
      </ol>
    </Section>
  )
}
