const face = (colour: string, content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64"><circle cx="32" cy="32" r="30" ` +
  `fill="${colour}"/>${content}</svg>\n`

const eyes = '<g fill="#3a2a10"><circle cx="22" cy="27" r="4"/><circle cx="42" cy="27" r="4"/></g>'
const line = (path: string) =>
  `<path d="${path}" fill="none" stroke="#3a2a10" stroke-width="4" stroke-linecap="round"/>`

/** The pictures of the reactions of a new community, by the names in their addresses. */
export const reactionDrawings = {
  like: face(
    '#1f5f8b',
    '<path d="M15 30h9v20h-9zM27 30l7-16c5 0 6 4 5 8l-1 6h10c3 0 5 2 4 5l-4 13c-1 3-2 4-5 4H27z" fill="#fff"/>',
  ),
  love: face('#b3304f', '<path d="M32 50C14 37 15 18 25 18c4 0 6 3 7 6 1-3 3-6 7-6 10 0 11 19-7 32z" fill="#fff"/>'),
  laugh: face(
    '#f2b632',
    `${line('M17 27q5-7 10 0M37 27q5-7 10 0')}<path d="M16 36h32c-2 18-30 18-32 0z" fill="#3a2a10"/>`,
  ),
  surprise: face('#f2b632', `${eyes}<ellipse cx="32" cy="45" rx="7" ry="9" fill="#3a2a10"/>`),
  sadness: face('#f2b632', `${eyes}${line('M22 48q10-10 20 0')}`),
  anger: face('#d9622b', `${eyes}${line('M16 18l10 5M48 18l-10 5M22 48q10-8 20 0')}`),
}
