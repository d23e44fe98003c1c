import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Form, TextField } from '../parts/form.tsx'
import { List } from '../parts/list.tsx'
import { Badge, Page, Section } from '../parts/page.tsx'
import { exactly, Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { plain } from '../people/member.tsx'

type Revision = {
  id: number
  slug: string
  title: string
  html_summary: string | null
  html_body: string | null
  valid_from: string | null
  valid_to: string | null
  created_at: string
  active: boolean
}

const policies = { tec: 'Terms and conditions', privacy: 'Privacy', cookies: 'Cookies' }

/** Publishes the next revision of a policy; its words begin as those of the last. */
function Publish({
  policy,
  last,
  onClose,
  onDone,
}: {
  policy: keyof typeof policies
  last?: Revision
  onClose(): void
  onDone(): void
}) {
  return (
    <Dialog title={`Publish: ${policies[policy].toLowerCase()}`} onClose={onClose} wide>
      <p class="note">
        Members are asked for their consent anew. Once somebody has answered, the words of a revision stay.
      </p>
      <Form
        action="Publish"
        fields={['title', 'html_summary', 'html_body', 'valid_from']}
        onSend={async (values) => {
          const text = (name: string) => String(values.get(name) ?? '').trim()
          await api.post('/legal_page/', {
            policy,
            title: text('title'),
            html_summary: text('html_summary') || null,
            html_body: text('html_body') || null,
            ...(text('valid_from') && { valid_from: new Date(text('valid_from')).toISOString() }),
          })
          toast('The revision is published.')
          onDone()
          onClose()
        }}
      >
        <TextField name="title" label="Title" value={last?.title ?? policies[policy]} required maxLength={255} />
        <TextField
          name="html_summary"
          label="What it comes to"
          rows={3}
          value={last?.html_summary ?? ''}
          hint="HTML, a few sentences."
        />
        <TextField name="html_body" label="The whole of it" rows={12} value={last?.html_body ?? ''} hint="HTML." />
        <TextField name="valid_from" label="Holds from" type="datetime-local" hint="At once where it is empty." />
      </Form>
    </Dialog>
  )
}

function Read({ of, onClose }: { of: Revision; onClose(): void }) {
  return (
    <Dialog title={of.title} onClose={onClose} wide>
      <p class="hint">{of.slug}</p>
      {of.html_summary && (
        <p>
          <bdi>{plain(of.html_summary)}</bdi>
        </p>
      )}
      <div class="said" dir="auto">
        {plain(of.html_body ?? '')}
      </div>
    </Dialog>
  )
}

function Policy({ policy }: { policy: keyof typeof policies }) {
  const revisions = usePages<Revision>(`/legal_page/${policy}/revisions/`, { limit: 5 })
  const [publishing, setPublishing] = useState(false)
  const [reading, setReading] = useState<Revision | null>(null)
  return (
    <Section
      title={policies[policy]}
      actions={
        <button type="button" onClick={() => setPublishing(true)}>
          {revisions.rows.length ? 'New revision' : 'Write it'}
          <span class="hidden">: {policies[policy]}</span>
        </button>
      }
    >
      <List
        caption={`Revisions: ${policies[policy]}`}
        of={revisions}
        keyOf={({ id }) => id}
        empty={<p class="hint">Not written yet: nobody is asked for it.</p>}
        columns={[
          {
            title: 'Revision',
            heading: true,
            cell: (each) => (
              <button type="button" class="link" onClick={() => setReading(each)}>
                <bdi>{each.title}</bdi> <span class="hint">{each.slug}</span>
              </button>
            ),
          },
          {
            title: 'Holds',
            cell: (each) =>
              each.active ? (
                <>
                  {each.valid_from ? `from ${exactly(each.valid_from)}` : 'at once'}
                  {each.valid_to && ` to ${exactly(each.valid_to)}`}
                </>
              ) : (
                <Badge tone="calm">Inactive</Badge>
              ),
          },
          { title: 'Published', cell: ({ created_at }) => <Time at={created_at} /> },
        ]}
      />
      {publishing && (
        <Publish
          policy={policy}
          last={revisions.rows[0]}
          onClose={() => setPublishing(false)}
          onDone={() => void revisions.reload()}
        />
      )}
      {reading && <Read of={reading} onClose={() => setReading(null)} />}
    </Section>
  )
}

export default function Legal() {
  return (
    <Page
      title="Legal texts"
      says="What members agree to as they join. Every revision is kept, and so is who agreed to which."
    >
      {(Object.keys(policies) as (keyof typeof policies)[]).map((policy) => (
        <Policy key={policy} policy={policy} />
      ))}
    </Page>
  )
}
