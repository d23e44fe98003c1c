import type { ComponentChildren, VNode } from 'preact'
import type { Pages } from './data.ts'
import { Failed, Loading } from './states.tsx'

export type Column<Row> = {
  title: string
  cell(row: Row): ComponentChildren
  /** Figures stand at the right. */
  figure?: boolean
  /** What the row is called: its first cell, a heading to those who listen. */
  heading?: boolean
}

type Props<Row> = {
  /** What the table is of, for those who do not see where it stands. */
  caption: string
  of: Pages<Row>
  columns: Column<Row>[]
  keyOf(row: Row): string | number
  /** What is there when there is nothing. */
  empty: VNode
}

/** A table of a list, with more at a press; on a phone each row is a card. */
export function List<Row>({ caption, of, columns, keyOf, empty }: Props<Row>) {
  const { rows, count, error, loading, hasMore } = of
  if (error && !rows.length) return <Failed error={error} retry={() => void of.reload()} />
  if (!rows.length) return loading ? <Loading /> : empty
  return (
    <div class="list" aria-busy={loading}>
      <Table caption={caption} rows={rows} columns={columns} keyOf={keyOf} />
      {error && <Failed error={error} retry={() => void of.more()} />}
      <p class="more">
        <span>
          {count === undefined || count < rows.length
            ? `${figureOf(rows.length)} shown`
            : `${figureOf(rows.length)} of ${figureOf(count)}`}
        </span>
        {hasMore && (
          <button type="button" disabled={loading} onClick={() => void of.more()}>
            {loading ? 'Loading …' : 'Show more'}
          </button>
        )}
      </p>
    </div>
  )
}

/** Rows that are there already. */
export function Table<Row>({
  caption,
  rows,
  columns,
  keyOf,
}: Pick<Props<Row>, 'caption' | 'columns' | 'keyOf'> & { rows: Row[] }) {
  return (
    <table>
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, figure }) => (
            <th key={title} scope="col" class={figure ? 'figure' : undefined}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, cell, figure, heading }) =>
              heading ? (
                <th key={title} scope="row" data-label={title}>
                  <div>{cell(row)}</div>
                </th>
              ) : (
                <td key={title} data-label={title} class={figure ? 'figure' : undefined}>
                  <div>{cell(row)}</div>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const figures = new Intl.NumberFormat('en')
/** A number as people read it. */
export const figureOf = (value: number): string => figures.format(value)
