import { TextField } from './form.tsx'
import { exactly } from './time.tsx'

/** A text that the community publishes, for a time. */
export type Dated = {
  id: number
  slug: string
  title: string
  html_summary: string | null
  html_body: string | null
  valid_from: string | null
  valid_to: string | null
  created_at: string
  active: boolean
}

export const datedFields = ['title', 'html_summary', 'html_body', 'valid_from', 'valid_to']

/** A moment as a field for it takes it: in the time of this browser. */
const localOf = (moment: string) => {
  const at = new Date(moment)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** What a form with these fields sends. `of` is what is changed. */
export function datedValues(values: FormData, of?: Dated) {
  const text = (name: string) => String(values.get(name) ?? '').trim()
  const moment = (name: string) => (text(name) ? new Date(text(name)).toISOString() : null)
  const sent = {
    title: text('title'),
    html_summary: text('html_summary') || null,
    html_body: text('html_body') || null,
    valid_from: moment('valid_from'),
    valid_to: moment('valid_to'),
  }
  // A moment that stays is not sent: the field is only as exact as a minute.
  for (const each of ['valid_from', 'valid_to'] as const)
    if (of?.[each] && text(each) === localOf(of[each])) sent[each] = of[each]
  return sent
}

/** The fields of such a text. Its words begin as those of `before`; `of` is what is changed. */
export function DatedInputs({ before, of, title = '' }: { before?: Dated; of?: Dated; title?: string }) {
  return (
    <>
      <TextField name="title" label="Title" value={before?.title ?? title} required maxLength={255} />
      <TextField
        name="html_summary"
        label="What it comes to"
        rows={3}
        value={before?.html_summary ?? ''}
        hint="HTML, a few sentences."
      />
      <TextField name="html_body" label="The whole of it" rows={12} value={before?.html_body ?? ''} hint="HTML." />
      <TextField
        name="valid_from"
        label="Holds from"
        type="datetime-local"
        value={of?.valid_from ? localOf(of.valid_from) : ''}
        hint="At once where it is empty."
      />
      <TextField
        name="valid_to"
        label="Holds until"
        type="datetime-local"
        value={of?.valid_to ? localOf(of.valid_to) : ''}
        hint="For ever where it is empty."
      />
    </>
  )
}

/** From when until when a text holds, in words. */
export const Holds = ({ of: { valid_from, valid_to } }: { of: Dated }) => (
  <>
    {valid_from ? `from ${exactly(valid_from)}` : 'from when it was published'}
    {valid_to && ` to ${exactly(valid_to)}`}
  </>
)
