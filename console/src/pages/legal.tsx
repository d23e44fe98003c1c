import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { type Dated, DatedInputs, datedFields, datedValues, Holds } from '../parts/dated.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { CheckField, Form } from '../parts/form.tsx'
import { List } from '../parts/list.tsx'
import { Badge, Page, Section } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { plain } from '../people/member.tsx'

const policies = { tec: 'Terms and conditions', privacy: 'Privacy', cookies: 'Cookies' }

/** Publishes the next revision of a policy, whose words begin as those of the last; or changes one that is there. */
function Write({
  policy,
  last,
  of,
  onClose,
  onDone,
}: {
  policy: keyof typeof policies
  last?: Dated
  /** The revision that is changed. */
  of?: Dated
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
        fields={datedFields}
        onSend={async (values) => {
          const sent = datedValues(values, of)
          if (of) await api.patch(`/legal_page/${of.id}/`, { ...sent, active: values.get('active') !== null })
          else await api.post('/legal_page/', { policy, ...sent })
          toast(of ? 'The revision is changed.' : 'The revision is published.')
          onDone()
          onClose()
        }}
      >
        <DatedInputs before={before} of={of} title={policies[policy]} />
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

function Read({ of, onClose, onEdit }: { of: Dated; onClose(): void; onEdit(): void }) {
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
  const revisions = usePages<Dated>(`/legal_page/${policy}/revisions/`, { limit: 5 })
  const [publishing, setPublishing] = useState(false)
  const [reading, setReading] = useState<Dated | null>(null)
  const [editing, setEditing] = useState<Dated | null>(null)
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
            cell: (each) => (each.active ? <Holds of={each} /> : <Badge tone="calm">Inactive</Badge>),
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
