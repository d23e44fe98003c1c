const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '\u00a0': '&nbsp;',
}
const characters = Object.fromEntries(Object.entries(entities).map(([character, entity]) => [entity, character]))

/** Writes some characters as entities. */
export const escaping = (characters: RegExp) => (text: string) => text.replace(characters, (one) => entities[one] ?? '')

/** Text as it may stand anywhere in HTML, SVG or a summary. */
export const escapeMarkup = escaping(/[&<>"']/g)

/** The text that was escaped so. */
export const unescapeMarkup = (escaped: string): string =>
  escaped.replace(/&(?:amp|lt|gt|quot|#x27|nbsp);/g, (entity) => characters[entity] as string)
