import { colour } from '../theme.ts'
import type { Colours } from './draw.ts'

const bright = ['#1d5fa8', '#b84a12', '#2c7a31', '#9c2c72', '#7a5c00', '#5640ad', '#00736d', '#ad2119']
const dimmed = ['#7fb2f0', '#f3a26b', '#86cf87', '#ec8fc6', '#e0c05a', '#b3a2f5', '#6ed4cc', '#ff9d92']

/** So many communities have a colour of their own; all others share one. */
export const coloured = bright.length

/** What graphs are drawn in, by day and by night: all stand out from what is behind them. */
export const coloursFor = (dark: boolean): Colours => ({
  ...{ back: colour('box'), ink: colour('ink'), line: colour('line'), accent: colour('accent') },
  communities: [...(dark ? dimmed : bright), colour('edge')],
})
