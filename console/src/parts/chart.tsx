import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { colour, isDark } from '../theme.ts'
import { figureOf } from './list.tsx'

export type Line = { title: string; colour: 'accent' | 'good' | 'warn' | 'bad' | 'faint'; values: number[] }

type Props = {
  /** What is drawn, for those who do not see it: the lines are told in a table besides. */
  title: string
  /** Unix times in seconds, one for each value. */
  at: number[]
  lines: Line[]
  /** How a moment is written in the table, and below the lines. */
  moment(at: number): string
  tick(at: number): string
  height?: number
  bars?: boolean
}

/** Colours are not seen by everybody: a line is told from the next by how it is dashed as well. */
const dashes: Partial<Record<Line['colour'], number[]>> = { warn: [8, 4], bad: [2, 3] }

/** Lines over time, drawn on a canvas; what they show is in a table for whoever cannot see or wants the figures. */
export function Chart({ title, at, lines, moment, tick, height = 150, bars }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const dark = isDark.value
  const shape = lines.map((each) => each.title + each.colour).join()
  const plot = useRef<uPlot | null>(null)
  const data = useRef<uPlot.AlignedData>([[]])
  data.current = [at, ...lines.map(({ values }) => values)]

  useEffect(() => {
    const element = box.current
    if (!element) return
    let gone = false
    let watch: ResizeObserver | undefined
    void import('uplot').then(({ default: Plot }) => {
      if (gone) return
      const axis = {
        stroke: colour('faint'),
        grid: { stroke: colour('line'), width: 1 },
        ticks: { show: false },
        font: '12px system-ui',
      }
      plot.current = new Plot(
        {
          width: element.clientWidth || 300,
          height,
          legend: { show: false },
          cursor: { show: false },
          scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 4)] } },
          axes: [
            {
              ...axis,
              space: 90,
              size: 28,
              grid: { show: false },
              values: (_plot, ticks) => ticks.map(tick),
            },
            {
              ...axis,
              size: 40,
              space: 24,
              incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6, 1e7, 1e8],
              values: (_plot, ticks) =>
                ticks.map((each) => new Intl.NumberFormat('en', { notation: 'compact' }).format(each)),
            },
          ],
          series: [
            {},
            ...lines.map((each) => ({
              label: each.title,
              stroke: colour(each.colour),
              width: 2,
              points: { show: false },
              dash: bars ? undefined : dashes[each.colour],
              ...(bars && {
                fill: colour(each.colour),
                width: 0,
                paths: Plot.paths.bars?.({ size: [0.7, 24] }),
              }),
            })),
          ],
        },
        data.current,
        element,
      )
      watch = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
      watch.observe(element)
    })
    return () => {
      gone = true
      watch?.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [dark, shape, height, bars])
  useEffect(() => {
    plot.current?.setData(data.current)
  })
  return (
    <figure class="chart">
      <figcaption class={lines.length > 1 ? undefined : 'hidden'}>
        {lines.length > 1
          ? lines.map((each) => (
              <span key={each.title}>
                <i class={each.colour} /> {each.title}
              </span>
            ))
          : title}
      </figcaption>
      <div ref={box} aria-hidden="true" style={{ height: `${height}px` }} />
      <details>
        <summary>As a table</summary>
        <div class="scroll">
          <table>
            <caption class="hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                {lines.map((each) => (
                  <th key={each.title} scope="col" class="figure">
                    {each.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...at.keys()].reverse().map((i) => (
                <tr key={at[i]}>
                  <th scope="row" data-label="When">
                    {moment(at[i] as number)}
                  </th>
                  {lines.map((each) => (
                    <td key={each.title} data-label={each.title} class="figure">
                      {figureOf(each.values[i] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}
