import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Form, SelectField, TextField } from '../parts/form.tsx'
import { figureOf, List } from '../parts/list.tsx'
import { useEvery } from '../parts/live.ts'
import { Badge, Section } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { exactly } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import type { Recovery } from '../types.ts'

const kinds: Record<Recovery['kind'], string> = {
  failed: 'What failed and is not tried again',
  missed: 'What it never got',
  all: 'Everything, whatever became of it',
}

/** A moment as fields for it take it: in the time of this browser. */
const localOf = (at: Date) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)

/** Much sent again at once. It is work of the server: it goes on whoever looks, and is found again by whoever comes back. */
export function Recoveries({ id }: { id: number }) {
  const path = `/webhook/endpoint/${id}/recover/`
  const recoveries = usePages<Recovery>(path, { limit: 5 })
  const [asking, setAsking] = useState(false)
  const under = recoveries.rows.some(({ done }) => !done)
  useEvery(under ? 1_000 : 10_000, async () => {
    if (under) await recoveries.reload()
  })
  return (
    <Section
      title="Recoveries"
      actions={
        <button type="button" onClick={() => setAsking(true)}>
          Send all again since …
        </button>
      }
    >
      <List
        caption="Recoveries, the last first"
        of={recoveries}
        keyOf={(each) => each.id}
        empty={
          <Empty title="Nothing was recovered yet">
            After a receiver was away for long, all that it missed can be sent to it again, from a moment on.
          </Empty>
        }
        columns={[
          { title: 'What', heading: true, cell: ({ kind }) => kinds[kind] },
          { title: 'Since', cell: ({ since }) => exactly(since) },
          {
            title: 'Progress',
            cell: ({ done, queued }) =>
              done ? (
                <Badge tone="good">Done</Badge>
              ) : (
                <>
                  <Badge tone="warn">Under way</Badge> <progress aria-label={`${queued} queued so far`} />
                </>
              ),
          },
          { title: 'Deliveries queued', figure: true, cell: ({ queued }) => figureOf(queued) },
        ]}
      />
      {asking && (
        <Dialog title="Send again" onClose={() => setAsking(false)}>
          <Form
            action="Send again"
            fields={['since', 'kind']}
            onSend={async (values) => {
              const since = new Date(String(values.get('since'))).toISOString()
              await api.post(path, { since, kind: values.get('kind') })
              setAsking(false)
              toast('It has begun. It goes on when you close this page.')
              await recoveries.reload()
            }}
          >
            <SelectField name="kind" label="What" options={kinds} value="failed" />
            <TextField
              name="since"
              label="Since"
              type="datetime-local"
              required
              value={localOf(new Date(Date.now() - 86_400_000))}
              hint="In the time of this browser. What is newer goes first; new events are not held up."
            />
          </Form>
        </Dialog>
      )}
    </Section>
  )
}
