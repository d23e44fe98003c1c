import type { Community } from '../community/state.ts'
import { compose } from '../mail/compose.ts'
import { sendMail } from '../mail/queue.ts'
import type { Db } from '../platform/db/database.ts'
import type { Language } from '../platform/http/language.ts'
import { type LetterName, writeLetter } from './letters.ts'

export type Writing = {
  to: string
  member: number | null
  username: string
  language: Language
  link: string
  code?: string
  inviter?: string
  now: Date
  until?: Date
}

/** Mails of a kind that a stranger can have sent to an address, in an hour. */
const mostAnHour = 5

/** What administrators do, or what was asked for by somebody signed in, is told however often it is. */
const unasked: LetterName[] = [
  'changed',
  'passwordChanged',
  'approved',
  'approvedUnconfirmed',
  'refused',
  'archiveReady',
]

/** Names of letters as those who look after the server see them. */
const kindOf = (name: LetterName) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Writes a mail about an account, in the transaction of what it is about. */
export async function writeMail(tx: Db, { options }: Community, name: LetterName, writing: Writing): Promise<void> {
  const { to, member, username, language, link, code, inviter, now, until } = writing
  const community = options['text.application_name']
  const letter = writeLetter(language, name, { community, username, link, code, inviter })
  await sendMail(tx, {
    ...{ member, kind: kindOf(name), to, from: community, now, ...compose(letter) },
    ...(until && { goodUntil: until }),
    ...(!unasked.includes(name) && { mostAnHour }),
  })
}
