import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { confirm } from '../parts/dialog.tsx'
import { figureOf, List } from '../parts/list.tsx'
import { Badge, Page, Section, type Tone } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { toast, toastError } from '../parts/toast.tsx'
import { isAdmin } from '../session.ts'

type Proposal = {
  id: number
  name: string
  slogan: string | null
  status: 0 | 1 | 2 | 3
  added_at: string
  user: { id: number; username: string }
  subscribers_count: number
  subscribers_threshold: number
}

const statuses: Record<Proposal['status'], [Tone, string]> = {
  0: ['calm', 'Collects supporters'],
  1: ['warn', 'Has enough supporters'],
  2: ['good', 'Is a category'],
  3: ['bad', 'Turned down'],
}

export default function Proposals() {
  const proposals = usePages<Proposal>('/incubator/', { ordering: '-subscribers_count' })
  const [busy, setBusy] = useState(false)
  const change = (answer: Proposal) =>
    proposals.change((rows) => rows.map((each) => (each.id === answer.id ? answer : each)))
  const ignore = async ({ id, name }: Proposal) => {
    setBusy(true)
    try {
      const answer = await api.post<Proposal>(`/incubator/${id}/ignore/`)
      change(answer)
      toast(answer.status === 3 ? `${name} is turned down.` : `${name} is taken up again.`)
    } catch (error) {
      toastError(error)
    }
    setBusy(false)
  }
  const approve = ({ id, name, subscribers_count }: Proposal) =>
    confirm({
      title: `Make ${name} a category?`,
      text: (
        <p>Who proposed it and the {figureOf(subscribers_count)} who support it are told. It can be edited there.</p>
      ),
      action: 'Make it a category',
      async act() {
        change(await api.post<Proposal>(`/incubator/${id}/approve/`))
        toast(`${name} is a category now.`)
      },
    })
  return (
    <Page
      title="Proposals"
      says="Categories that members propose, and others support. Only the staff and the proposer see what is turned down."
    >
      <Section title="Those with the most supporters first">
        <List
          caption="Proposals"
          of={proposals}
          keyOf={({ id }) => id}
          empty={<Empty title="Nobody has proposed a category yet" />}
          columns={[
            {
              title: 'Proposal',
              heading: true,
              cell: (each) => (
                <>
                  <bdi>{each.name}</bdi>
                  {each.slogan && (
                    <span class="real clamp">
                      <bdi>{each.slogan}</bdi>
                    </span>
                  )}
                  <span class="real hint">
                    by{' '}
                    <a href={`/console/members/${each.user.id}`}>
                      <bdi>{each.user.username}</bdi>
                    </a>
                    , <Time at={each.added_at} />
                  </span>
                </>
              ),
            },
            {
              title: 'Status',
              cell: ({ status }) => <Badge tone={statuses[status][0]}>{statuses[status][1]}</Badge>,
            },
            {
              title: 'Supporters',
              figure: true,
              cell: (each) => `${figureOf(each.subscribers_count)} of ${figureOf(each.subscribers_threshold)}`,
            },
            {
              title: '',
              cell: (each) => (
                <span class="actions">
                  {isAdmin && each.status === 1 && (
                    <button type="button" class="small" disabled={busy} onClick={() => approve(each)}>
                      Approve<span class="hidden"> {each.name}</span>
                    </button>
                  )}
                  {each.status !== 2 && (
                    <button type="button" class="small" disabled={busy} onClick={() => void ignore(each)}>
                      {each.status === 3 ? 'Take up again' : 'Turn down'}
                      <span class="hidden"> {each.name}</span>
                    </button>
                  )}
                </span>
              ),
            },
          ]}
        />
      </Section>
    </Page>
  )
}
