import { escapeMarkup } from '../texts/escape.ts'
import { initialsOf } from './initials.ts'

/** White letters are readable on each of these. */
export const colours = [
  ...['#1f5f8b', '#8b3a62', '#2e6b3f', '#6b4a9c', '#9c4221', '#17696a', '#7a5a00', '#a0325a'],
  ...['#3f51a5', '#5b6b1f', '#8c3b3b', '#00658c', '#7b3f8f', '#46613b', '#8a4b12', '#4a5568'],
]

/** For nobody in particular. */
const neutral = '#7a828c'

const square = (size: number, colour: string, content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">` +
  `<rect width="100" height="100" fill="${colour}"/>${content}</svg>`

/** A head and shoulders, for an unknown member. */
const somebody = '<circle cx="50" cy="40" r="17" fill="#fff"/><path d="M16 100a34 34 0 0 1 68 0z" fill="#fff"/>'

/**
 * The picture of a member, as SVG: the initials of their name on a colour that stays theirs.
 * @param name null for a member who does not exist, or no longer
 * @param size width and height in pixels
 */
export function drawAvatar(id: number, name: string | null, size: number): string {
  if (name === null) return square(size, neutral, somebody)
  const colour = colours[id % colours.length] as string
  const initials = initialsOf(name)
  if (!initials) return square(size, colour, somebody)
  const text =
    '<text x="50" y="50" dy=".35em" text-anchor="middle" font-family="system-ui, sans-serif" font-size="42" ' +
    `fill="#fff">${escapeMarkup(initials)}</text>`
  return square(size, colour, text)
}

/**
 * The picture of a category, as SVG: a tile in a colour that stays its own. It says nothing of the category, because
 * anybody with the address sees it.
 */
export function drawCategory(id: number): string {
  const colour = colours[(id * 5) % colours.length] as string
  const leaf = (turn: number) =>
    `<path d="M50 50C34 40 34 22 50 12C66 22 66 40 50 50z" fill="#fff" opacity=".85" transform="rotate(${turn} 50 50)"/>`
  const leaves = 3 + (id % 4)
  return square(256, colour, [...Array(leaves).keys()].map((each) => leaf(Math.round((each * 360) / leaves))).join(''))
}

/** Two who belong together, on a tile that works on light and dark. */
const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 128 128">
<rect width="128" height="128" rx="28" fill="#1f5f5b"/>
<g fill="none" stroke="#fff" stroke-width="10"><circle cx="50" cy="64" r="26"/><circle cx="78" cy="64" r="26"/></g>
</svg>
`

/** Hills in the morning: wide enough for every screen, and quiet behind a picture and a name. */
const cover = `<svg xmlns="http://www.w3.org/2000/svg" width="1920" height="640" viewBox="0 0 1920 640" preserveAspectRatio="xMidYMid slice">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#cfe3e1"/><stop offset="1" stop-color="#f4e9d8"/></linearGradient></defs>
<rect width="1920" height="640" fill="url(#sky)"/>
<circle cx="1430" cy="250" r="70" fill="#fff7e6"/>
<path d="M0 430C300 330 560 360 860 420S1500 470 1920 350V640H0z" fill="#9dbfb9"/>
<path d="M0 500C360 420 720 470 1040 510S1640 520 1920 450V640H0z" fill="#5f938c"/>
<path d="M0 580C420 520 900 560 1260 580S1760 580 1920 550V640H0z" fill="#1f5f5b"/>
</svg>
`

/** The other pictures, by the names in `ownPictures`. */
export const drawings = { logo, cover }
