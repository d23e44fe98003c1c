import { useState } from 'preact/hooks'
import { useGet, usePages } from '../parts/data.ts'
import { figureOf, List, Table } from '../parts/list.tsx'
import { useEvery } from '../parts/live.ts'
import { Badge, Facts, Page, Section } from '../parts/page.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { exactly, Time } from '../parts/time.tsx'
import type { System as Described, Figure } from '../types.ts'

const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** An amount of bytes as people read it. */
function bytesOf(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })} ${units[step]}`
}

const titleOf = ({ name }: Figure) => {
  const words = name
    .replace(/^kith_/, '')
    .replace(/_total$/, '')
    .replaceAll('_', ' ')
  return words[0]?.toUpperCase() + words.slice(1)
}

/** What runs, and how it is. */
export default function System() {
  const system = useGet<Described>('/system/')
  useEvery(5_000, system.reload)
  if (!system.data)
    return (
      <Page title="System">
        {system.error ? <Failed error={system.error} retry={() => void system.reload()} /> : <Loading />}
      </Page>
    )
  const { version, node, started_at, memory, database, disk, nodes, figures, findings } = system.data
  const wrong = findings.filter(({ good }) => !good)
  return (
    <Page title="System" says="What runs, and how it is. It is looked at anew every five seconds.">
      {system.error && <Failed error={system.error} retry={() => void system.reload()} />}
      <div class={`note ${wrong.length ? 'bad' : 'good'}`} role="status">
        {wrong.length === 0
          ? 'All that was looked at is well.'
          : wrong.length === 1
            ? 'There is one thing to look after.'
            : `There are ${wrong.length} things to look after.`}
      </div>
      <Section title="Findings">
        <ul class="findings">
          {[...findings]
            .sort((a, b) => Number(a.good) - Number(b.good))
            .map(({ good, says }) => (
              <li key={says}>
                <Badge tone={good ? 'good' : 'bad'}>{good ? 'Well' : 'Wrong'}</Badge> <span>{says}</span>
              </li>
            ))}
        </ul>
        <p class="hint">
          <code>npm run -s kith doctor</code> looks at more, and counts again what is counted.
        </p>
      </Section>
      <div class="grid">
        <Section title="Server">
          <Facts
            of={[
              ['Kith', version],
              ['Node.js', node],
              ['Started', <Time at={started_at} />],
              ['Memory', bytesOf(memory)],
            ]}
          />
        </Section>
        <Section title="Database">
          <Facts
            of={[
              ['PostgreSQL', database.version],
              ['Size', bytesOf(database.bytes)],
              ['Connections', `${database.connections} of ${database.max_connections}`],
              [
                'Oldest transaction',
                database.longest_seconds < 1 ? 'Younger than a second' : `${Math.round(database.longest_seconds)} s`,
              ],
            ]}
          />
        </Section>
        <Section title="Disk">
          {disk ? (
            <>
              <p>
                {bytesOf(disk.free)} of {bytesOf(disk.bytes)} free
              </p>
              <meter
                class={disk.free < 2e9 ? 'bad' : 'good'}
                min={0}
                max={disk.bytes}
                value={disk.bytes - disk.free}
                aria-label="Disk in use"
              />
              <p class="hint mono">{disk.folder}</p>
            </>
          ) : (
            <p class="faint">It cannot be told where this server runs.</p>
          )}
        </Section>
        <Section title="Nodes that deliver webhooks">
          {nodes.length ? (
            <ul class="feed">
              {nodes.map(({ id, lanes }) => (
                <li key={id}>
                  <code>{id}</code>
                  <span>{lanes === 1 ? 'one endpoint' : `${lanes} endpoints`}</span>
                </li>
              ))}
            </ul>
          ) : (
            <p class="faint">None: delivery begins with the first endpoint.</p>
          )}
        </Section>
      </div>
      <Section title="Waiting and under way">
        <Table
          caption="Figures"
          rows={figures.flatMap((figure) => figure.values.map((each) => ({ figure, ...each })))}
          keyOf={({ figure, of }) => figure.name + Object.values(of ?? {}).join()}
          columns={[
            {
              title: 'What',
              heading: true,
              cell: ({ figure, of }) => `${titleOf(figure)}${of ? `, ${Object.values(of).join(', ')}` : ''}`,
            },
            { title: 'That is', cell: ({ figure }) => <span class="faint">{figure.says}</span> },
            { title: 'Now', figure: true, cell: ({ value }) => figureOf(Math.round(value * 100) / 100) },
          ]}
        />
      </Section>
      <Trail />
      <NotBuiltList />
    </Page>
  )
}

type Entry = {
  id: number
  at: string
  actor: { id: number; username: string } | null
  operator: string | null
  address: string | null
  act: string
  target: number | null
  fields: string[]
}

function Trail() {
  const entries = usePages<Entry>('/audit/', { limit: 10 })
  return (
    <Section
      title="Audit trail"
      actions={
        <button type="button" onClick={() => void entries.reload()}>
          Look again
        </button>
      }
    >
      <List
        caption="What was done by roles and by commands, the last first"
        of={entries}
        keyOf={({ id }) => id}
        empty={<Empty title="Nothing was done yet">What administrators and moderators do as such is kept here.</Empty>}
        columns={[
          { title: 'Act', heading: true, cell: ({ act }) => <code>{act}</code> },
          {
            title: 'Of',
            cell: ({ target, fields }) => (
              <span class="clamp">
                {target !== null && `id ${target}`}
                {target !== null && fields.length > 0 && ': '}
                {fields.join(', ')}
              </span>
            ),
          },
          {
            title: 'By',
            cell: ({ actor, operator, address }) => (
              <>
                <bdi>{actor?.username ?? operator ?? 'A command'}</bdi>
                {address && <span class="sub faint">{address}</span>}
              </>
            ),
          },
          {
            title: 'When',
            cell: ({ at }) => (
              <span title={exactly(at)}>
                <Time at={at} />
              </span>
            ),
          },
        ]}
      />
    </Section>
  )
}

type NotBuilt = { title: string; says: string; items: { area: string; names: string[]; says: string }[] }

function NotBuiltList() {
  const listed = useGet<{ results: NotBuilt[] }>('/system/not_built/')
  const [sought, setSought] = useState('')
  const word = sought.trim().toLowerCase()
  return (
    <Section title="Documented and not built">
      <p class="faint">
        What the documentation of the API has and this version does not. Nothing of it is dropped in silence: whoever
        asks for it is told.
      </p>
      {listed.error && <Failed error={listed.error} retry={() => void listed.reload()} />}
      {!listed.data && !listed.error && <Loading />}
      {listed.data && (
        <>
          <div class="filters">
            <div class="field">
              <label for="not-built">Search</label>
              <input
                id="not-built"
                type="search"
                value={sought}
                placeholder="group"
                onInput={(event) => setSought(event.currentTarget.value)}
              />
            </div>
          </div>
          {listed.data.results.map(({ title, says, items }) => {
            const found = items.filter((each) => `${each.area} ${each.says}`.toLowerCase().includes(word))
            if (!found.length) return null
            return (
              <details key={title} open={word !== ''}>
                <summary>
                  {title} <span class="faint">{says}</span>
                </summary>
                <dl class="not-built">
                  {found.map((each) => (
                    <div key={each.area}>
                      <dt>{each.area}</dt>
                      <dd>{each.says}</dd>
                    </div>
                  ))}
                </dl>
              </details>
            )
          })}
        </>
      )}
    </Section>
  )
}
