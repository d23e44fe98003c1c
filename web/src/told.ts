/** What the server says in the page itself. */
export type Told = {
  name: string
  language: Language
  /** What styles made here are to carry. */
  nonce: string
  client: string
  redirect: string
  /** Who is signed in with this browser, at Kith's own pages. */
  member: number | null
  formToken: string | null
}

export const languages = ['en', 'it'] as const
export type Language = (typeof languages)[number]

const element = document.getElementById('kith')
export const told = JSON.parse(element?.textContent ?? '{}') as Told

const languageKey = 'kith.language'

const isLanguage = (text: string | null): text is Language => (languages as readonly (string | null)[]).includes(text)

/** The language the member chose here, else the one that the browser asked for. */
export function chosenLanguage(): Language {
  const kept = localStorage.getItem(languageKey)
  return isLanguage(kept) ? kept : told.language
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(languageKey, language)
  location.reload()
}
