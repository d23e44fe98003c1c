import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { Dialog } from '../parts/dialog.tsx'
import { CheckField, Form, TextField } from '../parts/form.tsx'
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

/** A moment as a field for it takes it: in the time of this browser. */
const localOf = (moment: string) => {
  const at = new Date(moment)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** Publishes the next revision of a policy, whose words begin as those of the last; or changes one that is there. */
function Write({
  policy,
  last,
  of,
  onClose,
  onDone,
}: {
  policy: keyof typeof policies
  last?: Revision
  /** The revision that is changed. */
  of?: Revision
  onClose(): void
  onDone(): void
}) {
  const before = of ?? last
  const name = policies[policy].toLowerCase()
  return (
    <Dialog title={of ? `Edit: ${name}` : `Publish: ${name}`} onClose={onClose} wide>
      <p class="note">
        {of
          ? 'Its words can be changed as long as nobody has answered to it; after that, publish a new revision.'
          : 'Members are asked for their consent anew. Once somebody has answered, the words of a revision stay.'}
      </p>
      <Form
        action={of ? 'Save' : 'Publish'}
        fields={['title', 'html_summary', 'html_body', 'valid_from', 'valid_to']}
        onSend={async (values) => {
          const text = (name: string) => String(values.get(name) ?? '').trim()
          const moment = (name: string) => (text(name) ? new Date(text(name)).toISOString() : null)
          const sent = {
            title: text('title'),
            html_summary: text('html_summary') || null,
            html_body: text('html_body') || null,
            valid_from: moment('valid_from'),
            valid_to: moment('valid_to'),
          }
          // A moment that stays is not sent: the field is only as exact as a minute.
          for (const each of ['valid_from', 'valid_to'] as const)
            if (of?.[each] && text(each) === localOf(of[each])) sent[each] = of[each]
          if (of) await api.patch(`/legal_page/${of.id}/`, { ...sent, active: values.get('active') !== null })
          else await api.post('/legal_page/', { policy, ...sent })
          toast(of ? 'The revision is changed.' : 'The revision is published.')
          onDone()
          onClose()
        }}
      >
        <TextField name="title" label="Title" value={before?.title ?? policies[policy]} required maxLength={255} />
        <TextField
          name="html_summary"
          label="What it comes to"
          rows={3}
          value={before?.html_summary ?? ''}
          hint="HTML, a few sentences."
        />
        <TextField name="html_body" label="The whole of it" rows={12} value={before?.html_body ?? ''} hint="HTML." />
        <TextField
          name="valid_from"
          label="Holds from"
          type="datetime-local"
          value={of?.valid_from ? localOf(of.valid_from) : ''}
          hint="At once where it is empty."
        />
        <TextField
          name="valid_to"
          label="Holds until"
          type="datetime-local"
          value={of?.valid_to ? localOf(of.valid_to) : ''}
          hint="For ever where it is empty."
        />
        {of && (
          <CheckField
            name="active"
            label="Active"
            checked={of.active}
            hint="Only administrators see one that is not, and nobody is asked for it."
          />
        )}
      </Form>
    </Dialog>
  )
}

function Read({ of, onClose, onEdit }: { of: Revision; onClose(): void; onEdit(): void }) {
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
      <div class="buttons">
        <button type="button" onClick={onEdit}>
          Edit this revision
        </button>
      </div>
    </Dialog>
  )
}

function Policy({ policy }: { policy: keyof typeof policies }) {
  const revisions = usePages<Revision>(`/legal_page/${policy}/revisions/`, { limit: 5 })
  const [publishing, setPublishing] = useState(false)
  const [reading, setReading] = useState<Revision | null>(null)
  const [editing, setEditing] = useState<Revision | null>(null)
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
                  {each.valid_from ? `from ${exactly(each.valid_from)}` : 'from when it was published'}
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
        <Write
          policy={policy}
          last={revisions.rows[0]}
          onClose={() => setPublishing(false)}
          onDone={() => void revisions.reload()}
        />
      )}
      {reading && (
        <Read
          of={reading}
          onClose={() => setReading(null)}
          onEdit={() => {
            setEditing(reading)
            setReading(null)
          }}
        />
      )}
      {editing && (
        <Write policy={policy} of={editing} onClose={() => setEditing(null)} onDone={() => void revisions.reload()} />
      )}
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
