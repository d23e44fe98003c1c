import Negotiator from 'negotiator'

/** The languages of Kith's own texts. */
export const languages = ['en', 'it'] as const
export type Language = (typeof languages)[number]

/** Which of our languages the client prefers. @param accept the header Accept-Language */
export function languageFor(accept: string | undefined): Language {
  const given = { headers: { 'accept-language': accept } } as never
  return (new Negotiator(given).language([...languages]) as Language | undefined) ?? 'en'
}

/** A stored language. */
export const languageOf = (text: string): Language => languages.find((each) => each === text) ?? 'en'
