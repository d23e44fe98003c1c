import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Code } from '../parts/code.tsx'
import { usePages } from '../parts/data.ts'
import { confirm, Dialog } from '../parts/dialog.tsx'
import { CheckField, Form, TextField } from '../parts/form.tsx'
import { List } from '../parts/list.tsx'
import { Badge, Page, Section } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'

type App = {
  id: number
  client_id: string
  name: string
  description: string
  confidential: boolean
  grants: string[]
  redirect_uris: string[]
  scopes: string[]
  trusted: boolean
  member_id: number | null
  created_at: string
}
type Made = App & { client_secret: string | null }

const grants: Record<string, string> = {
  authorization_code: 'Members sign in here and allow it (authorization code)',
  client_credentials: 'It acts by itself, as one member (client credentials)',
  password: 'It asks members for their password (password): for your own apps only',
  implicit: 'It gets tokens in the address of a page (implicit): for old apps only',
}

/** Shows a secret, which nobody can read again. */
function Secret({ of, onClose }: { of: Made; onClose(): void }) {
  return (
    <Dialog title={`${of.name} is ready`} onClose={onClose} wide>
      <p>
        {of.client_secret
          ? 'Keep the secret where the app finds it. It is shown this once: whoever loses it gets a new one.'
          : 'A public app has no secret; it proves by PKCE that it is the one that asked.'}
      </p>
      <h3>Client id</h3>
      <Code text={of.client_id} label="client id" />
      {of.client_secret && (
        <>
          <h3>Client secret</h3>
          <Code text={of.client_secret} label="client secret" />
        </>
      )}
      <div class="buttons">
        <button type="button" class="main" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </Dialog>
  )
}

function Edit({ of, onClose, onDone }: { of: App | null; onClose(): void; onDone(made: Made | null): void }) {
  const [chosen, setChosen] = useState(of?.grants ?? ['authorization_code'])
  const acts = chosen.includes('client_credentials')
  return (
    <Dialog title={of ? `Change ${of.name}` : 'New app'} onClose={onClose} wide>
      <Form
        action={of ? 'Save' : 'Create'}
        fields={['name', 'description', 'redirect_uris', 'grants', 'scopes', 'member_id', 'confidential', 'trusted']}
        onSend={async (values) => {
          const text = (name: string) => String(values.get(name) ?? '').trim()
          const sent = {
            name: text('name'),
            description: text('description'),
            grants: chosen,
            redirect_uris: text('redirect_uris').split(/\s+/).filter(Boolean),
            scopes: values.get('write') ? ['read', 'write'] : ['read'],
            trusted: values.get('trusted') !== null,
            ...(acts && { member_id: Number(text('member_id')) || null }),
          }
          if (of) {
            await api.patch(`/oauth/apps/${of.id}/`, sent)
            toast(`${sent.name} is changed.`)
            onDone(null)
          } else
            onDone(await api.post<Made>('/oauth/apps/', { ...sent, confidential: values.get('confidential') !== null }))
          onClose()
        }}
      >
        <TextField
          name="name"
          label="Name"
          value={of?.name}
          required
          maxLength={255}
          hint="Members see it when they are asked."
        />
        <TextField name="description" label="What it does" value={of?.description} maxLength={255} />
        <fieldset class="choices">
          <legend>How it gets tokens</legend>
          {Object.entries(grants).map(([grant, says]) => (
            <label key={grant}>
              <input
                type="checkbox"
                checked={chosen.includes(grant)}
                onChange={(event) =>
                  setChosen(event.currentTarget.checked ? [...chosen, grant] : chosen.filter((each) => each !== grant))
                }
              />
              <span>{says}</span>
            </label>
          ))}
        </fieldset>
        <TextField
          name="redirect_uris"
          label="Redirect addresses"
          rows={3}
          value={of?.redirect_uris.join('\n')}
          hint="One a line, as https://app.example/callback. Compared letter by letter."
        />
        {acts && (
          <TextField
            name="member_id"
            label="Acts as the member with the id"
            type="number"
            min={1}
            value={String(of?.member_id ?? '')}
            hint="What the app does, this member did."
          />
        )}
        <CheckField
          name="write"
          label="It may write, not only read"
          checked={of ? of.scopes.includes('write') : true}
        />
        {!of && (
          <CheckField
            name="confidential"
            label="It can keep a secret"
            checked
            hint="A server can; a page or an app on a phone cannot."
          />
        )}
        <CheckField
          name="trusted"
          label="It is the community's own"
          checked={of?.trusted}
          hint="Members are not asked whether they allow it."
        />
      </Form>
    </Dialog>
  )
}

export default function Apps() {
  const apps = usePages<App>('/oauth/apps/')
  const [editing, setEditing] = useState<App | 'new' | null>(null)
  const [made, setMade] = useState<Made | null>(null)
  const done = () => void apps.reload()
  return (
    <Page
      title="Apps"
      says="Programs that act for members, by OAuth 2.0. A token for one member is made on the member's page."
      actions={
        <button type="button" class="main" onClick={() => setEditing('new')}>
          New app
        </button>
      }
    >
      <Section title="All apps">
        <List
          caption="Apps"
          of={apps}
          keyOf={({ id }) => id}
          empty={<Empty title="There are no apps yet">An app of yours, or of somebody you trust, begins here.</Empty>}
          columns={[
            {
              title: 'App',
              heading: true,
              cell: (each) => (
                <>
                  <bdi>{each.name}</bdi>
                  {each.description && (
                    <span class="real clamp">
                      <bdi>{each.description}</bdi>
                    </span>
                  )}
                  <span class="real">
                    <code>{each.client_id}</code>
                  </span>
                </>
              ),
            },
            {
              title: 'How',
              cell: (each) => (
                <span class="badges">
                  {each.trusted && <Badge tone="good">The community's own</Badge>}
                  <Badge tone="calm">{each.confidential ? 'With a secret' : 'Public'}</Badge>
                  {each.grants.map((grant) => (
                    <Badge key={grant} tone="calm">
                      {grant.replaceAll('_', ' ')}
                    </Badge>
                  ))}
                  {!each.scopes.includes('write') && <Badge tone="calm">Reads only</Badge>}
                </span>
              ),
            },
            {
              title: 'Sends back to',
              cell: (each) =>
                each.redirect_uris.length ? (
                  <span class="clamp">
                    <code>{each.redirect_uris.join(' ')}</code>
                  </span>
                ) : (
                  <span class="hint">nowhere</span>
                ),
            },
            { title: 'Made', cell: (each) => <Time at={each.created_at} /> },
            {
              title: '',
              cell: (each) => (
                <span class="actions">
                  <button type="button" class="small" onClick={() => setEditing(each)}>
                    Change<span class="hidden"> {each.name}</span>
                  </button>
                  {each.confidential && (
                    <button
                      type="button"
                      class="small"
                      onClick={() =>
                        confirm({
                          title: `Replace the secret of ${each.name}?`,
                          text: <p>The old one is no longer good, at once. Tokens it has stay good.</p>,
                          action: 'Replace',
                          danger: true,
                          act: async () => setMade(await api.post<Made>(`/oauth/apps/${each.id}/secret/`)),
                        })
                      }
                    >
                      New secret<span class="hidden"> for {each.name}</span>
                    </button>
                  )}
                  <button
                    type="button"
                    class="small"
                    onClick={() =>
                      confirm({
                        title: `Delete ${each.name}?`,
                        text: <p>All its tokens end at once: whoever uses it is signed out of it.</p>,
                        action: 'Delete',
                        danger: true,
                        act: async () => {
                          await api.delete(`/oauth/apps/${each.id}/`)
                          toast(`${each.name} is deleted.`)
                          done()
                        },
                      })
                    }
                  >
                    Delete<span class="hidden"> {each.name}</span>
                  </button>
                </span>
              ),
            },
          ]}
        />
      </Section>
      {editing && (
        <Edit
          of={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onDone={(app) => {
            if (app) setMade(app)
            done()
          }}
        />
      )}
      {made && <Secret of={made} onClose={() => setMade(null)} />}
    </Page>
  )
}
