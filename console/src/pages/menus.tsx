import { useRef, useState } from 'preact/hooks'
import { ApiError, api } from '../api.ts'
import { useData } from '../parts/data.ts'
import { confirm, Dialog } from '../parts/dialog.tsx'
import { Form } from '../parts/form.tsx'
import { Table } from '../parts/list.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'

type Menu = { id: number; name: string; items: { id: number; label: string; url: string }[]; updated_at: string | null }
type Link = { key: number; label: string; url: string }

const meanings: Record<string, string> = {
  base: 'At the foot of every page',
  user: 'Beside the name of a member',
  not_logged: 'For visitors',
}
const most = 50

/** The menus, with links of the site that members use as paths: so they lead there wherever that comes to be. */
async function readMenus(signal: AbortSignal) {
  const { results } = await api.get<{ results: Menu[] }>('/custom_menu/', {}, signal)
  const { value } = await api.get<{ value: string }>('/dynamic_preference/app_url/', {}, signal)
  const site = value.replace(/\/+$/, '')
  const pathOf = (url: string) => (site && url.startsWith(`${site}/`) ? url.slice(site.length) : url)
  return results.map((menu) => ({ ...menu, items: menu.items.map((item) => ({ ...item, url: pathOf(item.url) })) }))
}

/** All links of a menu, to be written. */
function Edit({ of, onClose, onDone }: { of: Menu; onClose(): void; onDone(): void }) {
  const next = useRef(of.items.length)
  const box = useRef<HTMLDivElement>(null)
  const [links, setLinks] = useState<Link[]>(of.items.map(({ label, url }, key) => ({ key, label, url })))
  const change = (key: number, what: Partial<Link>) =>
    setLinks(links.map((each) => (each.key === key ? { ...each, ...what } : each)))
  const move = (from: number, to: number) => {
    const wanted = [...links]
    wanted.splice(to, 0, ...wanted.splice(from, 1))
    setLinks(wanted)
  }
  return (
    <Dialog title={meanings[of.name] ?? of.name} onClose={onClose} wide>
      <Form
        action="Save"
        fields={[]}
        onSend={async () => {
          const items = links.map(({ label, url }) => ({ label, url: url.trim() }))
          await api.put(`/custom_menu/${of.id}/`, { items }).catch((error) => {
            // It names the link itself.
            throw error instanceof ApiError && error.fields.items
              ? new ApiError(error.status, error.fields.items)
              : error
          })
          toast('The menu is written.')
          onDone()
          onClose()
        }}
        also={
          <button
            type="button"
            disabled={links.length >= most}
            onClick={() => {
              setLinks([...links, { key: next.current++, label: '', url: '' }])
              requestAnimationFrame(() =>
                box.current?.querySelector<HTMLElement>('fieldset:last-of-type input')?.focus(),
              )
            }}
          >
            Add a link
          </button>
        }
      >
        <div class="links-form" ref={box}>
          {!links.length && <p class="faint">It has no links: nothing is shown in its place.</p>}
          {links.map(({ key, label, url }, i) => (
            <fieldset key={key}>
              <legend class="hidden">Link {i + 1}</legend>
              <div class="field">
                <label for={`label-${key}`}>Link</label>
                <input
                  id={`label-${key}`}
                  value={label}
                  required
                  maxLength={100}
                  autocomplete="off"
                  onInput={(event) => change(key, { label: event.currentTarget.value })}
                />
              </div>
              <div class="field">
                <label for={`url-${key}`}>Leads to</label>
                <input
                  id={`url-${key}`}
                  value={url}
                  required
                  maxLength={2000}
                  autocomplete="off"
                  placeholder="/about/ or https://example.com/"
                  onInput={(event) => change(key, { url: event.currentTarget.value })}
                />
              </div>
              <span class="actions">
                <button
                  type="button"
                  class="small"
                  disabled={i === 0}
                  aria-label={`Move link ${i + 1} up`}
                  onClick={() => move(i, i - 1)}
                >
                  ↑
                </button>
                <button
                  type="button"
                  class="small"
                  disabled={i === links.length - 1}
                  aria-label={`Move link ${i + 1} down`}
                  onClick={() => move(i, i + 1)}
                >
                  ↓
                </button>
                <button
                  type="button"
                  class="small"
                  aria-label={`Remove link ${i + 1}`}
                  onClick={() => setLinks(links.filter((each) => each.key !== key))}
                >
                  Remove
                </button>
              </span>
            </fieldset>
          ))}
        </div>
      </Form>
    </Dialog>
  )
}

export default function Menus() {
  const menus = useData(readMenus)
  const [editing, setEditing] = useState<Menu | null>(null)
  const { data, error } = menus
  const done = () => void menus.reload()
  const takeBack = ({ id, name }: Menu) =>
    confirm({
      title: `${meanings[name] ?? name}: take back what was written?`,
      text: 'It has the links that every community begins with, as the options say where they lead.',
      action: 'Take back',
      act: async () => {
        await api.post(`/custom_menu/${id}/reset/`)
        toast('It is as every community begins with it.')
        done()
      },
    })
  return (
    <Page
      title="Menus"
      says="The links that clients show together. Until somebody writes one, it leads to the pages that options name."
    >
      {error && <Failed error={error} retry={done} />}
      {!data && !error && <Loading />}
      {data?.map((menu) => (
        <Section
          key={menu.id}
          title={meanings[menu.name] ?? menu.name}
          actions={
            <>
              {menu.updated_at && (
                <button type="button" onClick={() => takeBack(menu)}>
                  Take back<span class="hidden">: {meanings[menu.name]}</span>
                </button>
              )}
              <button type="button" onClick={() => setEditing(menu)}>
                Edit<span class="hidden">: {meanings[menu.name]}</span>
              </button>
            </>
          }
        >
          {menu.items.length ? (
            <Table
              caption={`Links of ${menu.name}`}
              rows={menu.items}
              keyOf={(each) => each.id}
              columns={[
                {
                  title: 'Link',
                  heading: true,
                  cell: ({ label }) => (
                    <span class="clamp">
                      <bdi>{label}</bdi>
                    </span>
                  ),
                },
                { title: 'Leads to', cell: ({ url }) => <code class="clamp">{url}</code> },
              ]}
            />
          ) : (
            <Empty title="It has no links">Nothing is shown in its place.</Empty>
          )}
          <p class="hint">
            {menu.updated_at ? (
              <>
                Written <Time at={menu.updated_at} />
              </>
            ) : (
              'As every community begins with it.'
            )}
          </p>
        </Section>
      ))}
      <p>
        <a href="/console/options?search=url_template">Where pages of the site are, in the options</a>
      </p>
      {editing && <Edit of={editing} onClose={() => setEditing(null)} onDone={done} />}
    </Page>
  )
}
