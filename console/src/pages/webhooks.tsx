import { useLocation } from 'preact-iso/router'
import { usePages } from '../parts/data.ts'
import { List } from '../parts/list.tsx'
import { useEvery } from '../parts/live.ts'
import { Badge, Page, Section } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import type { Health } from '../types.ts'
import { EndpointForm } from '../webhooks/endpoint-form.tsx'
import { EndpointPage } from '../webhooks/endpoint-page.tsx'
import { explain } from '../webhooks/explain.ts'

const base = '/console/webhooks'

/** Webhooks: the endpoints, one of them, a new one. */
export default function Webhooks({ rest }: { rest: string }) {
  if (rest === 'new') return <NewEndpoint />
  if (/^\d+$/.test(rest)) return <EndpointPage key={rest} id={Number(rest)} />
  return <Endpoints />
}

function NewEndpoint() {
  const { route } = useLocation()
  return (
    <Page
      title="New endpoint"
      above={{ href: base, title: 'Webhooks' }}
      says="A receiver of your own, and what it is told. Each request is signed with a secret that you find on the next page."
    >
      <Section title="Where to, and what">
        <EndpointForm onDone={({ id }) => route(`${base}/${id}`)} onCancel={() => route(base)} />
      </Section>
    </Page>
  )
}

const worst = { paused: 0, failing: 1, healthy: 2, inactive: 3 }

function Endpoints() {
  const endpoints = usePages<Health>('/webhook/health/', { limit: 50 })
  // What is on the screen stays whole: once there is more than a page, it is looked at anew by hand.
  useEvery(5_000, async () => {
    if (endpoints.rows.length <= 50) await endpoints.reload()
  })
  const rows = [...endpoints.rows].sort((a, b) => worst[a.state] - worst[b.state])
  return (
    <Page
      title="Webhooks"
      says="What happens here, sent to programs of yours: signed, and again until it is taken."
      actions={
        <a class="button main" href={`${base}/new`}>
          New endpoint
        </a>
      }
    >
      <Section title="Endpoints">
        <List
          caption="Endpoints and how they do"
          of={{ ...endpoints, rows }}
          keyOf={({ id }) => id}
          empty={
            <Empty title="Nobody is told what happens yet">
              An endpoint is an address of a program of yours. <a href={`${base}/new`}>Create the first one</a>, or let{' '}
              <code>npm run -s kith -- listen --forward-to http://localhost:3000/hook</code> bring events to your own
              machine.
            </Empty>
          }
          columns={[
            {
              title: 'Endpoint',
              heading: true,
              cell: ({ id, target, description }) => (
                <>
                  <a href={`${base}/${id}`} class="clamp" title={target}>
                    <bdi>{description.trim() || target}</bdi>
                  </a>
                  {description.trim() && (
                    <span class="faint sub clamp">
                      <bdi>{target}</bdi>
                    </span>
                  )}
                </>
              ),
            },
            {
              title: 'How it does',
              cell: (health) => {
                const { tone, word, says } = explain(health)
                return (
                  <>
                    <Badge tone={tone}>{word}</Badge> <span class="sub">{says}</span>
                  </>
                )
              },
            },
            { title: 'Events', figure: true, cell: ({ events }) => events },
            {
              title: 'Last sent',
              cell: ({ last }) => (last ? <Time at={last.at} /> : <span class="faint">Never</span>),
            },
          ]}
        />
      </Section>
    </Page>
  )
}
