import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { ApiError, api, type PageOf } from '../api.ts'
import { Code, pretty } from '../parts/code.tsx'
import { useData, useGet, usePages } from '../parts/data.ts'
import { figureOf, List } from '../parts/list.tsx'
import { isLive, type KithEvent, useEvents } from '../parts/live.ts'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { exactly, Time } from '../parts/time.tsx'
import type { EventAttempt, EventType } from '../types.ts'
import { AttemptDialog, isCut } from '../webhooks/attempt-dialog.tsx'
import { CheckCode } from '../webhooks/checks.tsx'
import { NextRetry, Outcome } from '../webhooks/outcome.tsx'
import { verifyCode } from '../webhooks/verify-code.ts'

const base = '/console/events'

/** The log of events, or one of them. */
export default function Events({ rest }: { rest: string }) {
  return /^\d+$/.test(rest) ? <OneEvent key={rest} id={Number(rest)} /> : <Log />
}

/** Whether an event is about a member: some field of it, wherever it is, is that member. */
function names(value: unknown, id: number, username: string): boolean {
  if (Array.isArray(value)) return value.some((each) => names(each, id, username))
  if (typeof value !== 'object' || value === null) return false
  const { id: own, username: name } = value as Record<string, unknown>
  if (own === id && (name === undefined || name === username)) return name !== undefined
  return Object.entries(value).some(
    ([key, each]) => (each === id && /user|author|member|from|to/.test(key)) || names(each, id, username),
  )
}

/** Those who are named in an event, shortly. */
function peopleOf(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const each of value) peopleOf(each, found)
  else if (typeof value === 'object' && value !== null) {
    const { username } = value as Record<string, unknown>
    if (typeof username === 'string') found.add(username)
    for (const each of Object.values(value)) peopleOf(each, found)
  }
  return found
}

function Log() {
  const { query, route } = useLocation()
  const type = query.type ?? ''
  const member = query.member ?? ''
  const types = useGet<EventType[]>('/webhook/event_type/')
  const pages = usePages<KithEvent>('/events/', { limit: 50, type })
  const [fresh, setFresh] = useState<KithEvent[]>([])
  const [late, setLate] = useState(0)
  const [held, setHeld] = useState(false)
  const fits = (each: KithEvent) =>
    !type || (type.endsWith('.*') ? each.type.startsWith(type.slice(0, -1)) : each.type === type)
  useEvents((events) => {
    const mine = events.filter(fits)
    if (!mine.length) return
    if (held) setLate((before) => before + mine.length)
    else setFresh((before) => [...mine.reverse(), ...before].slice(0, 500))
  })
  const found = useData(
    async (signal) => {
      if (!member) return null
      const { results } = await api.get<PageOf<{ id: number; username: string }>>(
        '/user/search/',
        { search: member, limit: 20 },
        signal,
      )
      const one = results.find(({ username }) => username.toLowerCase() === member.toLowerCase())
      if (!one) throw new ApiError(404, `There is no member called “${member}”. Write the whole username.`)
      return one
    },
    [member],
  )
  const all = [...new Map([...fresh.filter(fits), ...pages.rows].map((each) => [each.event_id, each])).values()]
  const who = found.data
  const rows = who ? all.filter(({ data }) => names(data, who.id, who.username)) : all
  // Whom hardly anything names is looked for further back, as far as a look should go by itself.
  const wanting = who !== null && rows.length < 10 && pages.rows.length < 1_000 && pages.hasMore
  useEffect(() => {
    if (wanting && !pages.loading && !pages.error) void pages.more()
  }, [wanting, pages.rows.length, pages.loading])
  const go = (changes: { type?: string; member?: string }) => {
    const next = new URLSearchParams(Object.entries({ type, member, ...changes }).filter(([, value]) => value))
    setFresh([])
    route(`${base}${next.size ? `?${next}` : ''}`)
  }
  const families = [...new Set((types.data ?? []).map((each) => each.type.split('.')[0]))]
  return (
    <Page
      title="Events"
      says="All that has happened, as receivers are told it. The log goes back as far as it is kept."
      actions={
        <>
          <span class={isLive.value && !held ? 'faint live' : 'faint'}>
            {held ? 'Held' : isLive.value ? 'Live' : 'The server does not answer'}
          </span>
          <button
            type="button"
            onClick={() => {
              if (held) void pages.reload()
              setHeld(!held)
              setLate(0)
            }}
          >
            {held ? `Go on${late ? `, ${late} new` : ''}` : 'Hold'}
          </button>
        </>
      }
    >
      <div class="filters">
        <div class="field">
          <label for="type">Type</label>
          <select id="type" value={type} onChange={(event) => go({ type: event.currentTarget.value })}>
            <option value="">All</option>
            {families.map((family) => (
              <optgroup key={family} label={family}>
                <option value={`${family}.*`}>All of {family}</option>
                {(types.data ?? [])
                  .filter((each) => each.emitted && each.type.split('.')[0] === family)
                  .map((each) => (
                    <option key={each.type} value={each.type}>
                      {each.type}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </div>
        <form
          class="field"
          onSubmit={(event) => {
            event.preventDefault()
            go({ member: String(new FormData(event.currentTarget).get('member')).trim() })
          }}
        >
          <label for="member">Member</label>
          <input id="member" name="member" type="search" defaultValue={member} placeholder="username, then Enter" />
        </form>
        {(type || member) && (
          <button type="button" onClick={() => go({ type: '', member: '' })}>
            Show all
          </button>
        )}
      </div>
      {found.error && <Failed error={found.error} />}
      {who && (
        <p class="note">
          {rows.length
            ? `${figureOf(rows.length)} of the ${figureOf(all.length)} events that are loaded name`
            : 'None of the events that are loaded names'}{' '}
          <bdi>{who.username}</bdi>. {pages.hasMore && 'Show more to look further back.'}
        </p>
      )}
      <Section title="Log">
        <List
          caption="Events, the last first"
          of={{ ...pages, rows, count: who ? undefined : pages.count && Math.max(pages.count, rows.length) }}
          keyOf={({ event_id }) => event_id}
          empty={
            <div>
              <Empty title={who || type ? 'None that fits' : 'Nothing has happened yet'}>
                {who || type ? 'What fits appears here as it happens.' : 'What happens appears here, as it happens.'}
              </Empty>
              {pages.hasMore && (
                <p class="more">
                  <button type="button" disabled={pages.loading} onClick={() => void pages.more()}>
                    Look further back
                  </button>
                </p>
              )}
            </div>
          }
          columns={[
            {
              title: 'Type',
              heading: true,
              cell: ({ event_id, type }) => (
                <a href={`${base}/${event_id}`}>
                  <code>{type}</code>
                </a>
              ),
            },
            {
              title: 'Names',
              cell: ({ data }) => {
                const people = [...peopleOf(data)]
                return (
                  <span class="clamp">
                    {people.slice(0, 4).map((each, i) => (
                      <span key={each}>
                        {i > 0 && ', '}
                        <bdi>{each}</bdi>
                      </span>
                    ))}
                    {people.length > 4 && ` and ${people.length - 4} more`}
                  </span>
                )
              },
            },
            { title: 'Happened', cell: ({ created }) => <Time at={created} /> },
            { title: 'Id', figure: true, cell: ({ event_id }) => event_id },
          ]}
        />
      </Section>
    </Page>
  )
}

async function readEvent(id: number, signal: AbortSignal): Promise<KithEvent> {
  // Ids of transactions that ended in nothing are given to nobody: the one before need not be there.
  const { results } = await api.get<PageOf<KithEvent>>('/events/', { since_id: id - 1, limit: 100 }, signal)
  const found = results.find(({ event_id }) => event_id === id)
  if (found) return found
  throw new ApiError(404, `There is no event ${id}, or its transaction has not ended yet.`)
}

/** One event: what receivers get, and what became of it at each. */
function OneEvent({ id }: { id: number }) {
  const event = useData((signal) => readEvent(id, signal), [id])
  const attempts = usePages<EventAttempt>('/webhook/attempt/', { event: id })
  const [shown, setShown] = useState<EventAttempt | null>(null)
  const above = { href: base, title: 'Events' }
  if (!event.data)
    return (
      <Page title={`Event ${id}`} above={above}>
        {event.error ? <Failed error={event.error} retry={() => void event.reload()} /> : <Loading />}
      </Page>
    )
  const { type, created } = event.data
  const [sent] = attempts.rows
  const text = sent?.http_request_body ?? JSON.stringify(event.data)
  return (
    <Page title={type} above={above}>
      <Section title="What it is">
        <Facts
          of={[
            ['Id', id],
            ['Happened', exactly(created)],
            ['Names', [...peopleOf(event.data.data)].slice(0, 10).join(', ') || 'Nobody'],
          ]}
        />
      </Section>
      <Section
        title="Attempts"
        actions={
          <button type="button" onClick={() => void attempts.reload()}>
            Look again
          </button>
        }
      >
        <List
          caption="Attempts at this event, the last first"
          of={attempts}
          keyOf={(each) => each.id}
          empty={<Empty title="It was sent to nobody">No endpoint listened to it when it happened.</Empty>}
          columns={[
            {
              title: 'Endpoint',
              heading: true,
              cell: (each) => (
                <button type="button" class="link clamp" onClick={() => setShown(each)}>
                  <bdi>{each.target}</bdi>
                </button>
              ),
            },
            { title: 'Outcome', cell: (each) => <Outcome attempt={each} /> },
            { title: 'Sent', cell: ({ sent_at }) => <Time at={sent_at} /> },
            { title: 'Took', figure: true, cell: ({ ms }) => `${figureOf(ms)} ms` },
            { title: 'Next retry', cell: ({ next_retry }) => <NextRetry at={next_retry} /> },
          ]}
        />
      </Section>
      <Section title="Payload">
        <Code label="payload" text={pretty(text)} copies={text} />
      </Section>
      <Section title="Check its signature">
        {sent && !isCut(sent) ? (
          <>
            <p class="faint">This payload, as it was last sent, and its signature.</p>
            <CheckCode body={sent.http_request_body} header={sent.http_request_signature_header} />
          </>
        ) : (
          <p class="faint">
            {sent
              ? 'What it said of somebody who was erased is gone: the signature is of what it said before.'
              : 'It was sent to nobody, so nobody has signed it.'}
          </p>
        )}
        <details>
          <summary>A receiver that takes nothing that is not of this community</summary>
          <Code label="code of a receiver" text={verifyCode} />
        </details>
      </Section>
      {shown && (
        <AttemptDialog
          attempt={shown}
          endpoint={shown.endpoint_id}
          onClose={() => {
            setShown(null)
            void attempts.reload()
          }}
        />
      )}
    </Page>
  )
}
