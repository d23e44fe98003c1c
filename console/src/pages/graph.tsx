import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { api } from '../api.ts'
import { coloured, coloursFor } from '../graph/colours.ts'
import { neighboursOf } from '../graph/communities.ts'
import { GraphView } from '../graph/draw.ts'
import type { Said } from '../graph/worker.ts'
import { useData } from '../parts/data.ts'
import { SelectField, TextField } from '../parts/form.tsx'
import { figureOf } from '../parts/list.tsx'
import { Page } from '../parts/page.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { toast } from '../parts/toast.tsx'
import { roles } from '../people/member.tsx'
import { told } from '../session.ts'
import { isDark } from '../theme.ts'

/** As the API has it, with the members of edges by id. */
type Sent = {
  directed: boolean
  members: {
    id: number[]
    username: string[]
    real_name: string[]
    role: (string | null)[]
    status: string[]
    connections: number[]
  }
  edges: { from: number[]; to: number[] }
  members_left_out: number
  edges_left_out: boolean
}

/** The same with their places in the columns instead. */
type Graph = Omit<Sent, 'edges'> & { edges: { from: Int32Array; to: Int32Array } }

function placed(sent: Sent): Graph {
  const places = new Map(sent.members.id.map((id, i) => [id, i]))
  const of = (ids: number[]) => Int32Array.from(ids, (id) => places.get(id) ?? 0)
  return { ...sent, edges: { from: of(sent.edges.from), to: of(sent.edges.to) } }
}

/** Letters as they are searched for: without marks and case. */
const fold = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()

const many = (n: number, one: string, more = `${one}s`) => `${figureOf(n)} ${n === 1 ? one : more}`

function Picture({ graph, around }: { graph: Graph; around: string }) {
  const { members, edges, directed } = graph
  const n = members.id.length
  const canvas = useRef<HTMLCanvasElement>(null)
  const view = useRef<GraphView | null>(null)
  const { route } = useLocation()
  const [progress, setProgress] = useState(0)
  const [sizes, setSizes] = useState<number[]>([])
  const [of, setOf] = useState<Int32Array | null>(null)
  const [selected, setSelected] = useState<number | null>(null)
  const [pointed, setPointed] = useState<{ member: number; x: number; y: number } | null>(null)
  const [search, setSearch] = useState('')
  /** How often the search was emptied: its field begins anew. */
  const [cleared, setCleared] = useState(0)
  const [shown, setShown] = useState(50)
  const neighbours = useMemo(() => neighboursOf(n, edges.from, edges.to), [graph])
  const near = (member: number) => [
    ...new Set(neighbours.to.subarray(neighbours.start[member], neighbours.start[member + 1])),
  ]
  const folded = useMemo(() => members.username.map((name, i) => fold(`${name} ${members.real_name[i]}`)), [graph])
  const open = (member: number) => route(`/console/members/${members.id[member]}`)

  useEffect(() => {
    if (!canvas.current) return
    const { from, to } = edges
    const names = members.username.map((name, i) => members.real_name[i] || name)
    const drawn = new GraphView(
      canvas.current,
      { n, from, to, directed, names, connections: members.connections },
      coloursFor(isDark.value),
      {
        onPoint: (member, x, y) => setPointed(member === null ? null : { member, x, y }),
        onSelect: (member) => choose(member),
        onOpen: open,
      },
    )
    view.current = drawn
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      if (data.communities) {
        drawn.setCommunities(data.communities, neighbours)
        const counts: number[] = []
        for (const c of data.communities) counts[c] = (counts[c] ?? 0) + 1
        setSizes(counts)
        setOf(data.communities)
      }
      drawn.move(data.positions, data.done === 1)
      setProgress(data.done)
    }
    worker.onerror = () => toast('The graph could not be laid out. Load the page again.', { bad: true })
    worker.postMessage({ n, from, to })
    const stop = isDark.subscribe((dark) => requestAnimationFrame(() => drawn.setColours(coloursFor(dark))))
    return () => {
      worker.terminate()
      stop()
      drawn.end()
    }
  }, [graph])

  const choose = (member: number | null, show = false) => {
    setSelected(member)
    setShown(50)
    view.current?.select(member, { show })
  }
  useEffect(() => {
    const at = members.id.indexOf(Number(around))
    if (around && at >= 0) choose(at)
  }, [graph])

  const onKey = (event: KeyboardEvent) => {
    const ways: Record<string, [number, number]> = {
      ArrowRight: [1, 0],
      ArrowLeft: [-1, 0],
      ArrowDown: [0, 1],
      ArrowUp: [0, -1],
    }
    const way = ways[event.key]
    const drawn = view.current
    if (!drawn) return
    if (way) {
      const next = selected === null ? drawn.first : drawn.towards(selected, ...way)
      if (next !== null) choose(next, true)
    } else if (event.key === '+' || event.key === '=') drawn.zoom(1.3)
    else if (event.key === '-') drawn.zoom(1 / 1.3)
    else if (event.key === '0') drawn.fit()
    else if (event.key === 'Escape') choose(null)
    else if (event.key === 'Enter' && selected !== null) open(selected)
    else return
    event.preventDefault()
  }

  const save = async () => {
    const blob = await view.current?.picture()
    if (!blob) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = `connections-${new Date().toISOString().slice(0, 10)}.png`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  }

  const friends = useMemo(
    () =>
      selected === null
        ? []
        : near(selected).sort((a, b) => (members.connections[b] as number) - (members.connections[a] as number)),
    [selected, graph],
  )
  const lit = useMemo(() => new Set(friends), [friends])
  const common = (member: number) => near(member).filter((each) => lit.has(each)).length
  const words = fold(search.trim())
  const found = words ? Array.from({ length: n }, (_, i) => i).filter((i) => folded[i]?.includes(words)) : null
  const byRank = useMemo(
    () =>
      Array.from({ length: n }, (_, i) => i).sort(
        (a, b) => (members.connections[b] as number) - (members.connections[a] as number),
      ),
    [graph],
  )
  const listed = found ?? (selected === null ? byRank : friends)
  const name = (i: number) => members.real_name[i] || members.username[i] || ''
  const noun = directed ? 'follower' : 'connection'
  const palette = coloursFor(isDark.value).communities

  const tip = pointed && (
    <div
      class="tip"
      // Where it is stands in the element itself, for styles in attributes are not allowed.
      ref={(element) => {
        if (!element) return
        element.style.left = `${Math.min(pointed.x + 14, (canvas.current?.clientWidth ?? 300) - 200)}px`
        element.style.top = `${pointed.y + 14}px`
      }}
    >
      <strong>
        <bdi>{name(pointed.member)}</bdi>
      </strong>
      <br />
      {many(members.connections[pointed.member] as number, noun)}
      {selected !== null && selected !== pointed.member && (
        <>
          <br />
          {many(common(pointed.member), 'mutual friend')} with <bdi>{name(selected)}</bdi>
        </>
      )}
    </div>
  )

  return (
    <div class="graph">
      <div class="stage">
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: the picture takes the keys itself; the list beside says the same */}
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-label={`${many(n, 'member')} and ${many(edges.from.length, directed ? 'following' : 'connection')} between them`}
          aria-describedby="graph-keys"
          onKeyDown={onKey}
        />
        {tip}
        <div class="tools">
          <button type="button" class="small" aria-label="Nearer" onClick={() => view.current?.zoom(1.4)}>
            +
          </button>
          <button type="button" class="small" aria-label="Farther" onClick={() => view.current?.zoom(1 / 1.4)}>
            −
          </button>
          <button type="button" class="small" onClick={() => view.current?.fit()}>
            Fit
          </button>
          <button type="button" class="small" onClick={() => void save()}>
            Save picture
          </button>
        </div>
        {progress < 1 && (
          <p class="laying" role="status">
            Laying out … {Math.round(progress * 100)} %
          </p>
        )}
      </div>
      <p class="hint" id="graph-keys">
        Drag to move, scroll or pinch to zoom, press a member for their friends. With the keyboard: arrows go from
        friend to friend, Enter opens, + and − zoom, 0 fits, Escape lets go.
      </p>
      <aside class="box beside">
        {selected !== null ? (
          <>
            <div class="heading">
              <h2>
                <bdi>{name(selected)}</bdi>
              </h2>
              <button type="button" class="quiet" aria-label="Let go" onClick={() => choose(null)}>
                ✕
              </button>
            </div>
            <p aria-live="polite">
              <bdi>{members.username[selected]}</bdi>
              {members.role[selected] && `, ${roles[members.role[selected] as string]?.toLowerCase()}`}
              {members.status[selected] === 'b' && ', blocked'}
              {': '}
              {many(members.connections[selected] as number, noun)}
              {members.connections[selected] !== friends.length && !directed && `, ${figureOf(friends.length)} drawn`}
            </p>
            <div class="actions">
              <a class="button small" href={`/console/members/${members.id[selected]}`}>
                Open
              </a>
              {String(members.id[selected]) !== around && (
                <a class="button small" href={`/console/graph/${members.id[selected]}`}>
                  Only their circle
                </a>
              )}
            </div>
          </>
        ) : (
          <h2>Members</h2>
        )}
        <TextField key={cleared} name="find" label="Find a member" type="search" value={search} onInput={setSearch} />
        {selected === null && !found && sizes.length > 1 && (
          <ul class="legend" aria-label="Communities">
            {sizes.slice(0, coloured).map((size, c) =>
              size > 1 ? (
                <li key={c}>
                  <svg width="12" height="12" aria-hidden="true">
                    <circle cx="6" cy="6" r="6" fill={palette[c]} />
                  </svg>{' '}
                  {many(size, 'member')}
                  {of && (
                    <span class="hint">
                      , with <bdi>{name(byRank.find((i) => of[i] === c) ?? 0)}</bdi>
                    </span>
                  )}
                </li>
              ) : null,
            )}
          </ul>
        )}
        <h3>
          {found
            ? `${many(found.length, 'member')} found`
            : selected === null
              ? 'Most connected'
              : directed
                ? 'Follow or are followed'
                : 'Friends'}
        </h3>
        {!listed.length && (
          <p class="hint">
            {found ? (
              <>
                Nobody in this picture.{' '}
                <a href={`/console/members?search=${encodeURIComponent(search)}`}>Search all members</a>
              </>
            ) : (
              'Nobody here.'
            )}
          </p>
        )}
        <ul class="people">
          {listed.slice(0, shown).map((i) => (
            <li key={i}>
              <button
                type="button"
                class="link"
                onClick={() => {
                  setSearch('')
                  setCleared(cleared + 1)
                  choose(i, true)
                }}
              >
                <bdi>{name(i)}</bdi>
              </button>
              <span class="hint">
                {' '}
                {selected !== null && !found && !directed
                  ? many(common(i), 'mutual friend')
                  : many(members.connections[i] as number, noun)}
              </span>
            </li>
          ))}
        </ul>
        {listed.length > shown && (
          <button type="button" class="small" onClick={() => setShown(shown + 100)}>
            Show more of {figureOf(listed.length)}
          </button>
        )}
      </aside>
    </div>
  )
}

export default function Connections({ rest }: { rest: string }) {
  const [limit, setLimit] = useState('1000')
  const [order, setOrder] = useState('points')
  const around = /^\d+$/.test(rest) ? rest : ''
  const query = around ? { around, limit: 1000 } : { limit, order }
  const graph = useData(
    async (signal) => placed(await api.get<Sent>('/connection/graph/', query, signal)),
    [around || `${limit} ${order}`],
  )
  const { data, error } = graph
  const center = around && data ? data.members.id.indexOf(Number(around)) : -1
  return (
    <Page
      title={
        around
          ? `Circle of ${center >= 0 ? data?.members.real_name[center] || data?.members.username[center] : 'a member'}`
          : 'Connections'
      }
      above={around ? { href: '/console/graph', title: 'The whole community' } : undefined}
      says={
        around
          ? 'A member, whom they are connected with, and who of these know each other.'
          : `Who is connected with whom in ${told.name || 'the community'}. Those who have much to do with each other have a colour.`
      }
    >
      {!around && (
        <search class="filters">
          <SelectField
            name="limit"
            label="How many"
            value={limit}
            options={{ 200: '200 members', 1000: '1,000 members', 2000: '2,000 members', 5000: '5,000 members' }}
            onChange={setLimit}
          />
          <SelectField
            name="order"
            label="Who"
            value={order}
            options={{ points: 'Those with the most points', newest: 'Those who came last' }}
            onChange={setOrder}
          />
        </search>
      )}
      {error && <Failed error={error} retry={() => void graph.reload()} />}
      {!data && !error && <Loading />}
      {data && (data.members_left_out > 0 || data.edges_left_out) && (
        <p class="note">
          {data.members_left_out > 0 &&
            `${many(data.members_left_out, 'member')} ${data.members_left_out === 1 ? 'is' : 'are'} left out. `}
          {data.edges_left_out && 'Of members with very many connections only the newest are drawn.'}
        </p>
      )}
      {data && data.members.id.length === 0 && <Empty title="Nobody is here yet" />}
      {data && data.members.id.length > 0 && <Picture graph={data} around={around} />}
    </Page>
  )
}
