import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { addressOf, api, type PageOf, type Query, send } from '../api.ts'

export type Data<Of> = {
  data: Of | null
  error: Error | null
  loading: boolean
  /** Reads it again; what there is stays on the screen meanwhile. */
  reload(): Promise<void>
}

/** What is read from the API when a page is shown, and again when what it depends on changes. */
export function useData<Of>(read: (signal: AbortSignal) => Promise<Of>, on: unknown[] = []): Data<Of> {
  const [state, setState] = useState<{ data: Of | null; error: Error | null; loading: boolean }>({
    data: null,
    error: null,
    loading: true,
  })
  const under = useRef<AbortController | null>(null)
  const reading = useRef(read)
  reading.current = read
  const reload = useCallback(async () => {
    under.current?.abort()
    const mine = new AbortController()
    under.current = mine
    setState((before) => ({ ...before, loading: true }))
    try {
      const data = await reading.current(mine.signal)
      if (!mine.signal.aborted) setState({ data, error: null, loading: false })
    } catch (error) {
      if (!mine.signal.aborted) setState((before) => ({ ...before, error: error as Error, loading: false }))
    }
  }, [])
  useEffect(() => {
    setState({ data: null, error: null, loading: true })
    void reload()
    return () => under.current?.abort()
  }, on)
  return { ...state, reload }
}

/** The same, of one address. */
export const useGet = <Of>(path: string, query: Query = {}): Data<Of> =>
  useData((signal) => api.get<Of>(path, query, signal), [addressOf(path, query)])

export type Pages<Row> = {
  rows: Row[]
  /** Undefined of lists that do not say. */
  count: number | undefined
  error: Error | null
  loading: boolean
  /** Whether there are more; `more` brings them. */
  hasMore: boolean
  more(): Promise<void>
  /** Begins anew, with what is on the screen until the first page is there. */
  reload(): Promise<void>
  /** Changes rows that are on the screen: what an act answered, or what came live. */
  change(how: (rows: Row[]) => Row[]): void
}

/** A list of the API, page after page, by its cursors. */
export function usePages<Row>(path: string, query: Query = {}): Pages<Row> {
  const address = addressOf(path, query)
  const first = useData(
    (signal) => send<PageOf<Row>>('GET', address, undefined, signal).then(({ body }) => body),
    [address],
  )
  const [rest, setRest] = useState<{ of: unknown; rows: Row[]; next: string | null } | null>(null)
  const [changed, setChanged] = useState<{ of: unknown; how: ((rows: Row[]) => Row[])[] } | null>(null)
  const [more, setMore] = useState<{ busy: boolean; error: Error | null }>({ busy: false, error: null })
  const behind = rest?.of === first.data ? rest : null
  const next = behind ? behind.next : (first.data?.next ?? null)
  const all = [...(first.data?.results ?? []), ...(behind?.rows ?? [])]
  const rows = changed?.of === first.data ? changed.how.reduce((before, how) => how(before), all) : all
  return {
    rows,
    count: first.data?.count,
    error: first.error ?? more.error,
    loading: first.loading || more.busy,
    hasMore: next !== null,
    async more() {
      if (!next || more.busy) return
      setMore({ busy: true, error: null })
      try {
        // The address is the one the server is known by, which need not be the one that was called.
        const { pathname, search } = new URL(next)
        const { body } = await send<PageOf<Row>>('GET', pathname + search)
        setRest({ of: first.data, rows: [...(behind?.rows ?? []), ...body.results], next: body.next })
        setMore({ busy: false, error: null })
      } catch (error) {
        setMore({ busy: false, error: error as Error })
      }
    },
    async reload() {
      await first.reload()
    },
    change: (how) =>
      setChanged((before) => ({ of: first.data, how: [...(before?.of === first.data ? before.how : []), how] })),
  }
}
