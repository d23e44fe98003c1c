import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { type Dated, DatedInputs, datedFields, datedValues, Holds } from '../parts/dated.tsx'
import { confirm, Dialog } from '../parts/dialog.tsx'
import { CheckField, Form, TextField } from '../parts/form.tsx'
import { List } from '../parts/list.tsx'
import { Badge, Page } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'

/** Creates a page, or changes one. */
function Write({ of, onClose, onDone }: { of?: Dated; onClose(): void; onDone(): void }) {
  const remove = ({ id, title }: Dated) =>
    confirm({
      title: `Delete ${title}?`,
      text: 'It is gone for good: links to it lead nowhere. An inactive page can come back.',
      action: 'Delete',
      danger: true,
      async act() {
        await api.delete(`/custom_page/${id}/`)
        toast('The page is deleted.')
        onDone()
      },
    })
  return (
    <Dialog title={of ? `Edit: ${of.title}` : 'New page'} onClose={onClose} wide>
      <Form
        action={of ? 'Save' : 'Create'}
        fields={[...datedFields, 'slug']}
        onSend={async (values) => {
          const slug = String(values.get('slug') ?? '').trim()
          const sent = { ...datedValues(values, of), ...(slug && slug !== of?.slug && { slug }) }
          if (of) await api.patch(`/custom_page/${of.id}/`, { ...sent, active: values.get('active') !== null })
          else await api.post('/custom_page/', sent)
          toast(of ? 'The page is changed.' : 'The page is created.')
          onDone()
          onClose()
        }}
      >
        <DatedInputs before={of} of={of} />
        <TextField
          name="slug"
          label="Name in addresses"
          value={of?.slug ?? ''}
          maxLength={100}
          hint={of ? 'Links to the page have it.' : 'Made of the title where it is empty.'}
        />
        {of && (
          <CheckField
            name="active"
            label="Active"
            checked={of.active}
            hint="Only administrators and editors see a page that is not."
          />
        )}
      </Form>
      {of && (
        <div class="buttons">
          <button
            type="button"
            class="danger"
            onClick={() => {
              onClose()
              remove(of)
            }}
          >
            Delete this page
          </button>
        </div>
      )}
    </Dialog>
  )
}

export default function CustomPages() {
  const pages = usePages<Dated>('/custom_page/')
  const [writing, setWriting] = useState<Dated | 'new' | null>(null)
  return (
    <Page
      title="Custom pages"
      says="Pages that the community writes of itself, as “About us” or its rules. Clients show them by their names in addresses."
      actions={
        <button type="button" onClick={() => setWriting('new')}>
          New page
        </button>
      }
    >
      <List
        caption="Custom pages"
        of={pages}
        keyOf={({ id }) => id}
        empty={<p class="hint">There are none yet.</p>}
        columns={[
          {
            title: 'Page',
            heading: true,
            cell: (each) => (
              <button type="button" class="link" onClick={() => setWriting(each)}>
                <bdi>{each.title}</bdi> <span class="hint">{each.slug}</span>
              </button>
            ),
          },
          {
            title: 'Holds',
            cell: (each) => (each.active ? <Holds of={each} /> : <Badge tone="calm">Inactive</Badge>),
          },
          { title: 'Created', cell: ({ created_at }) => <Time at={created_at} /> },
        ]}
      />
      {writing && (
        <Write
          of={writing === 'new' ? undefined : writing}
          onClose={() => setWriting(null)}
          onDone={() => void pages.reload()}
        />
      )}
    </Page>
  )
}
