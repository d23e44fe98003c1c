import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { usePages } from '../parts/data.ts'
import { confirm, Dialog } from '../parts/dialog.tsx'
import { CheckField, Form, SelectField, TextField } from '../parts/form.tsx'
import { figureOf, List } from '../parts/list.tsx'
import { Badge, Page, Section } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { toast, toastError } from '../parts/toast.tsx'

type Category = {
  id: number
  name: string
  slug: string
  slogan: string | null
  html_info: string | null
  order: number
  active: boolean
  auto_follow: 'none' | 'default' | 'forced'
  content_only_staff: boolean
  followers_counter: number
}

const follows = {
  none: 'Who wants to follows it',
  default: 'New members follow it from the start',
  forced: 'Everybody follows it, and cannot stop',
}

function Edit({ of, onClose, onDone }: { of: Category | null; onClose(): void; onDone(): void }) {
  return (
    <Dialog title={of ? `Edit ${of.name}` : 'New category'} onClose={onClose} wide>
      <Form
        action={of ? 'Save' : 'Create'}
        fields={['name', 'slug', 'slogan', 'html_info', 'auto_follow', 'active', 'content_only_staff']}
        onSend={async (values) => {
          const text = (name: string) => String(values.get(name) ?? '').trim()
          const sent = {
            name: text('name'),
            ...(text('slug') && { slug: text('slug') }),
            slogan: text('slogan') || null,
            html_info: text('html_info') || null,
            auto_follow: text('auto_follow'),
            active: values.get('active') !== null,
            content_only_staff: values.get('content_only_staff') !== null,
          }
          if (of) await api.patch(`/category/${of.id}/`, sent)
          else await api.post('/category/', sent)
          toast(of ? 'The category is changed.' : 'The category is there.')
          onDone()
          onClose()
        }}
      >
        <TextField name="name" label="Name" value={of?.name} required maxLength={100} />
        <TextField
          name="slug"
          label="Slug"
          value={of?.slug}
          maxLength={255}
          hint="As it stands in addresses. Made of the name where it is empty."
        />
        <TextField name="slogan" label="Slogan" value={of?.slogan ?? ''} maxLength={1000} />
        <TextField name="html_info" label="What it is about" rows={5} value={of?.html_info ?? ''} hint="HTML." />
        <SelectField name="auto_follow" label="Who follows it" options={follows} value={of?.auto_follow ?? 'none'} />
        <CheckField
          name="active"
          label="Active"
          checked={of?.active ?? true}
          hint="Inactive ones only the staff sees in lists."
        />
        <CheckField name="content_only_staff" label="Only the staff publishes in it" checked={of?.content_only_staff} />
      </Form>
    </Dialog>
  )
}

export default function Categories() {
  const categories = usePages<Category>('/category/')
  const [editing, setEditing] = useState<Category | 'new' | null>(null)
  const [busy, setBusy] = useState(false)
  const { rows } = categories
  const done = () => void categories.reload()
  /** Puts one before another: all get the place that they have in the list. */
  const move = async (from: number, by: -1 | 1) => {
    const wanted = [...rows]
    const [moved] = wanted.splice(from, 1)
    if (!moved) return
    wanted.splice(from + by, 0, moved)
    setBusy(true)
    try {
      for (const [order, each] of wanted.entries())
        if (each.order !== order) await api.patch(`/category/${each.id}/`, { order })
      await categories.reload()
      toast(`${moved.name} is number ${from + by + 1} now.`)
    } catch (error) {
      toastError(error)
    }
    setBusy(false)
  }
  const remove = ({ id, name, followers_counter }: Category) =>
    confirm({
      title: `Delete ${name}?`,
      text: (
        <p>
          {followers_counter
            ? `${figureOf(followers_counter)} members follow it, and will not any more.`
            : 'Nobody follows it.'}{' '}
          What was published in it stays.
        </p>
      ),
      action: 'Delete',
      danger: true,
      act: async () => {
        await api.delete(`/category/${id}/`)
        toast(`${name} is deleted.`)
        done()
      },
    })
  return (
    <Page
      title="Categories"
      says="What contributions are about, and what members follow besides each other."
      actions={
        <button type="button" class="main" onClick={() => setEditing('new')}>
          New category
        </button>
      }
    >
      <Section title="In their order">
        <List
          caption="Categories"
          of={categories}
          keyOf={({ id }) => id}
          empty={
            <Empty title="There are no categories yet">
              <button type="button" class="main" onClick={() => setEditing('new')}>
                Create the first one
              </button>
            </Empty>
          }
          columns={[
            {
              title: 'Category',
              heading: true,
              cell: (each) => (
                <>
                  <bdi>{each.name}</bdi>
                  {each.slogan && (
                    <span class="real clamp">
                      <bdi>{each.slogan}</bdi>
                    </span>
                  )}
                </>
              ),
            },
            {
              title: 'How',
              cell: (each) => (
                <span class="badges">
                  {each.active && each.auto_follow === 'none' && !each.content_only_staff && (
                    <span class="hint">Open to everybody</span>
                  )}
                  {!each.active && <Badge tone="warn">Inactive</Badge>}
                  {each.auto_follow !== 'none' && (
                    <Badge tone="calm">
                      {each.auto_follow === 'forced' ? 'Everybody follows' : 'New members follow'}
                    </Badge>
                  )}
                  {each.content_only_staff && <Badge tone="calm">Staff publishes</Badge>}
                </span>
              ),
            },
            { title: 'Followers', figure: true, cell: (each) => figureOf(each.followers_counter) },
            {
              title: '',
              cell: (each) => {
                const at = rows.findIndex(({ id }) => id === each.id)
                return (
                  <span class="actions">
                    <button
                      type="button"
                      class="small"
                      disabled={busy || at === 0}
                      aria-label={`Move ${each.name} up`}
                      onClick={() => void move(at, -1)}
                    >
                      ↑
                    </button>
                    <button
                      type="button"
                      class="small"
                      disabled={busy || at === rows.length - 1}
                      aria-label={`Move ${each.name} down`}
                      onClick={() => void move(at, 1)}
                    >
                      ↓
                    </button>
                    <button type="button" class="small" onClick={() => setEditing(each)}>
                      Edit<span class="hidden"> {each.name}</span>
                    </button>
                    <button type="button" class="small" onClick={() => remove(each)}>
                      Delete<span class="hidden"> {each.name}</span>
                    </button>
                  </span>
                )
              },
            },
          ]}
        />
      </Section>
      {editing && <Edit of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} onDone={done} />}
    </Page>
  )
}
