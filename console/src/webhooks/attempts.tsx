import { useState } from 'preact/hooks'
import { api, type PageOf, send } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { List } from '../parts/list.tsx'
import { useEvery } from '../parts/live.ts'
import { Section } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { toast, toastError } from '../parts/toast.tsx'
import type { Attempt } from '../types.ts'
import { AttemptDialog } from './attempt-dialog.tsx'
import { eventOf, NextRetry, Outcome } from './outcome.tsx'

/** What was sent to an endpoint, the last first: new attempts appear as they are made. */
export function Attempts({ id }: { id: number }) {
  const path = `/webhook/endpoint/${id}/attempt/`
  const pages = usePages<Attempt>(path, { limit: 20 })
  const [fresh, setFresh] = useState<Attempt[]>([])
  const [chosen, setChosen] = useState(new Set<number>())
  const [shown, setShown] = useState<Attempt | null>(null)
  const rows = [...new Map([...fresh, ...pages.rows].map((each) => [each.id, each])).values()]
  useEvery(2_000, async () => {
    const { results } = await api.get<PageOf<Attempt>>(path, { limit: 20 })
    // At most so many are kept beside the pages; whoever wants older ones asks for them.
    setFresh((before) => [...new Map([...results, ...before].map((each) => [each.id, each])).values()].slice(0, 200))
  })
  const events = [...new Set(rows.filter((each) => chosen.has(each.id)).map(eventOf))]
  const choose = (attempt: number, on: boolean) => {
    const next = new Set(chosen)
    on ? next.add(attempt) : next.delete(attempt)
    setChosen(next)
  }

  async function resend() {
    try {
      await send('POST', `/api/v2/webhook/endpoint/${id}/event/resend/bulk/`, { event: events })
      toast(events.length === 1 ? 'The event is sent again.' : `${events.length} events are sent again.`)
      setChosen(new Set())
    } catch (error) {
      toastError(error)
    }
  }

  return (
    <Section
      title="Attempts"
      actions={
        <>
          <span class="faint live">Live</span>
          <button type="button" disabled={!events.length} onClick={() => void resend()}>
            {events.length
              ? `Send ${events.length === 1 ? 'one event' : `${events.length} events`} again`
              : 'Send chosen again'}
          </button>
        </>
      }
    >
      <List
        caption="Attempts, the last first"
        of={{ ...pages, rows }}
        keyOf={(each) => each.id}
        empty={<Empty title="Nothing was sent yet">What it listens to appears here as it happens.</Empty>}
        columns={[
          {
            title: '',
            cell: (attempt) => (
              <input
                type="checkbox"
                aria-label={`Choose ${attempt.event.type}, event ${eventOf(attempt)}`}
                checked={chosen.has(attempt.id)}
                onChange={(event) => choose(attempt.id, event.currentTarget.checked)}
              />
            ),
          },
          {
            title: 'Event',
            heading: true,
            cell: (attempt) => (
              <button type="button" class="link" onClick={() => setShown(attempt)}>
                {attempt.event.type} <span class="number">{eventOf(attempt)}</span>
              </button>
            ),
          },
          { title: 'Outcome', cell: (attempt) => <Outcome attempt={attempt} /> },
          { title: 'Sent', cell: ({ sent_at }) => <Time at={sent_at} /> },
          { title: 'Next retry', cell: ({ next_retry }) => <NextRetry at={next_retry} /> },
        ]}
      />
      {shown && <AttemptDialog attempt={shown} endpoint={id} onClose={() => setShown(null)} />}
    </Section>
  )
}
