import { sendDue } from '../../src/mail/send.ts'
import { slices } from '../../src/slices.ts'
import type { World } from './world.ts'

export type Letter = { kind: string; to: string; subject: string; text: string; html: string }

const from = { name: '', address: 'kith@community.example' }
const log = { warn() {}, error() {} }

/** What goes out now, as members get it. */
export async function collectMails(world: World): Promise<Letter[]> {
  for (const { writesMails } of slices) await writesMails?.(world.kith)
  const kinds = new Map(
    (await world.db.query<{ id: number; kind: string }>('select id, kind from mail where due_at is not null')).map(
      ({ id, kind }) => [id, kind],
    ),
  )
  const letters: (Letter & { id: number })[] = []
  const post = {
    async send({ id, to, subject, text, html }: Letter & { id: number }) {
      letters.push({ id, kind: kinds.get(id) ?? '', to, subject, text, html })
    },
    close() {},
  }
  await sendDue(world.kith, { post: post as never, from, log: log as never })
  return letters.sort((a, b) => a.id - b.id).map(({ id: _, ...letter }) => letter)
}

/** The code in a mail. */
export const codeIn = ({ text }: Letter): string => /kith_vc_[\w-]+/.exec(text)?.[0] ?? ''

/** The path its link leads to. */
export const pathIn = ({ text }: Letter): string => {
  const link = /https?:\/\/[^/\s]+(\/\S*)/.exec(text)
  return link?.[1] ?? ''
}
