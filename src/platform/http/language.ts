import Negotiator from 'negotiator'

/** The languages that Kith speaks to people. */
export const languages = ['en', 'it'] as const
export type Language = (typeof languages)[number]

/** The language of ours that whoever asks would rather read. @param accept the header Accept-Language */
export function languageFor(accept: string | undefined): Language {
  const given = { headers: { 'accept-language': accept } } as never
  return (new Negotiator(given).language([...languages]) as Language | undefined) ?? 'en'
}

/** A language as it was kept. */
export const languageOf = (text: string): Language => languages.find((each) => each === text) ?? 'en'
