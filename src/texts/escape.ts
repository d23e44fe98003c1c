const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '\u00a0': '&nbsp;',
}
const characters = Object.fromEntries(Object.entries(entities).map(([character, entity]) => [entity, character]))

/** Replaces some characters by entities. */
export const escaping = (characters: RegExp) => (text: string) => text.replace(characters, (one) => entities[one] ?? '')

/** Escapes text for any place in HTML, SVG or a summary. */
export const escapeMarkup = escaping(/[&<>"']/g)

/** Reverses `escapeMarkup`. */
export const unescapeMarkup = (escaped: string): string =>
  escaped.replace(/&(?:amp|lt|gt|quot|#x27|nbsp);/g, (entity) => characters[entity] as string)
