import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { api, type PageOf } from '../api.ts'
import { useData } from '../parts/data.ts'
import { confirm, Dialog } from '../parts/dialog.tsx'
import { figureOf } from '../parts/list.tsx'
import { useEvery } from '../parts/live.ts'
import { Badge, Facts, Page, Section } from '../parts/page.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { toast, toastError } from '../parts/toast.tsx'
import type { Endpoint, Health } from '../types.ts'
import { Attempts } from './attempts.tsx'
import { EndpointForm } from './endpoint-form.tsx'
import { explain } from './explain.ts'
import { Recoveries } from './recoveries.tsx'
import { Secret } from './secret.tsx'
import { Settings } from './settings.tsx'

/** An endpoint is in the list of health, which has few: whoever has more than these is told by its settings alone. */
async function readHealth(id: number, signal: AbortSignal): Promise<Health | null> {
  const { results } = await api.get<PageOf<Health>>('/webhook/health/', { endpoint: id, limit: 1 }, signal)
  return results[0] ?? null
}

/** One endpoint: how it does, what was sent, what can be done. */
export function EndpointPage({ id }: { id: number }) {
  const { route } = useLocation()
  const endpoint = useData((signal) => api.get<Endpoint>(`/webhook/endpoint/${id}/`, {}, signal), [id])
  const health = useData((signal) => readHealth(id, signal), [id])
  const [editing, setEditing] = useState(false)
  useEvery(3_000, health.reload)
  const above = { href: '/console/webhooks', title: 'Webhooks' }
  if (!endpoint.data)
    return (
      <Page title="Endpoint" above={above}>
        {endpoint.error ? <Failed error={endpoint.error} retry={() => void endpoint.reload()} /> : <Loading />}
      </Page>
    )
  const { target, description, is_active, events, created_at } = endpoint.data
  const says = health.data && explain(health.data)
  const reload = () => Promise.all([endpoint.reload(), health.reload()])

  async function setActive(active: boolean) {
    await api.patch(`/webhook/endpoint/${id}/`, { is_active: active })
    await reload()
    toast(active ? 'It is sent to from now on.' : 'Nothing is sent to it any more.')
  }

  /** The newest event it listens to, else the newest there is. */
  async function test() {
    try {
      const types = events.map(({ type }) => type)
      const newest = async (type: string[]) =>
        (await api.get<PageOf<{ event_id: number; type: string }>>('/events/', { limit: 1, type })).results[0]
      const event = (await newest(types)) ?? (await newest([]))
      if (!event) return toast('Nothing has happened yet that could be sent.', { bad: true })
      await api.post(`/webhook/endpoint/${id}/event/resend/`, { event: event.event_id })
      toast(`Event ${event.event_id}, ${event.type}, is on its way. What becomes of it is below, in a moment.`)
    } catch (error) {
      toastError(error)
    }
  }

  return (
    <Page
      title={description.trim() || target}
      above={above}
      says={description.trim() ? <bdi>{target}</bdi> : undefined}
      actions={
        <>
          <button type="button" onClick={() => void test()}>
            Send a test
          </button>
          <button type="button" onClick={() => setEditing(true)}>
            Edit
          </button>
        </>
      }
    >
      {health.error && <Failed error={health.error} retry={() => void health.reload()} />}
      {says && (
        <div class={`note state ${says.tone === 'calm' ? '' : says.tone}`} role="status">
          <Badge tone={says.tone}>{says.word}</Badge> <span>{says.says}</span>
        </div>
      )}
      {health.data && (
        <Section title="At a glance">
          <Facts
            of={[
              ['Taken last', health.data.succeeded_at ? <Time at={health.data.succeeded_at} /> : 'Never'],
              ['Failures in a row', figureOf(health.data.failures)],
              ['Waiting to be sent again', figureOf(health.data.pending_retries)],
              ['Events to look through, at most', figureOf(health.data.behind_at_most)],
              ['Attempts', figureOf(health.data.attempts)],
              ['Of the last attempts', <Recent of={health.data} />],
              ['Subscribed to', `${events.length} ${events.length === 1 ? 'type' : 'types'} of events`],
              ['Created', <Time at={created_at} />],
            ]}
          />
          <details>
            <summary>Events it listens to</summary>
            <ul class="names">
              {events.map(({ type, added_at }) => (
                <li key={type}>
                  <code>{type}</code>{' '}
                  <small class="faint">
                    since <Time at={added_at} />
                  </small>
                </li>
              ))}
            </ul>
          </details>
        </Section>
      )}
      <Attempts id={id} />
      <Recoveries id={id} />
      <div class="grid">
        <Secret id={id} />
        <Settings id={id} />
      </div>
      <Section title={is_active ? 'Switch off, or delete' : 'Switch on, or delete'}>
        <p class="faint">
          {is_active
            ? 'While it is off nothing is sent. What it was to be told before waits; what happens meanwhile is not for it.'
            : 'It is sent what happens from then on, and what it was to be told before.'}
        </p>
        <div class="buttons">
          {is_active ? (
            <button
              type="button"
              onClick={() =>
                confirm({
                  title: 'Switch this endpoint off?',
                  text: 'Nothing is sent to it until it is switched on again. What happens meanwhile can be recovered.',
                  action: 'Switch off',
                  act: () => setActive(false),
                })
              }
            >
              Switch off
            </button>
          ) : (
            <button type="button" class="main" onClick={() => void setActive(true).catch(toastError)}>
              Switch on
            </button>
          )}
          <button
            type="button"
            onClick={() =>
              confirm({
                title: 'Delete this endpoint?',
                text: 'Nothing is sent to it any more, neither what waits nor what is to be tried again. Its secret is gone.',
                action: 'Delete',
                danger: true,
                async act() {
                  await api.delete(`/webhook/endpoint/${id}/`)
                  toast('The endpoint is deleted.')
                  route('/console/webhooks')
                },
              })
            }
          >
            Delete …
          </button>
        </div>
      </Section>
      {editing && (
        <Dialog title="Edit the endpoint" wide onClose={() => setEditing(false)}>
          <EndpointForm
            endpoint={endpoint.data}
            onCancel={() => setEditing(false)}
            onDone={() => {
              setEditing(false)
              void reload()
            }}
          />
        </Dialog>
      )}
    </Page>
  )
}

function Recent({ of: { recent } }: { of: Health }) {
  const all = recent.delivered + recent.refused + recent.unanswered
  if (!all) return <>None yet</>
  const parts = [
    [recent.delivered, 'delivered'],
    [recent.refused, 'refused'],
    [recent.unanswered, 'not answered'],
  ] as const
  return (
    <>
      {parts
        .filter(([n]) => n)
        .map(([n, what]) => `${n} ${what}`)
        .join(', ')}
    </>
  )
}
