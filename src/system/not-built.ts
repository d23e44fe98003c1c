import { readFile } from 'node:fs/promises'
import Type from '../platform/schema.ts'

const file = new URL('../../docs/not-built.md', import.meta.url)

export const NotBuilt = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        {
          title: Type.String({ description: 'What is missing: endpoints, fields, events, options.' }),
          says: Type.String(),
          items: Type.Array(
            Type.Object(
              { area: Type.String(), names: Type.Array(Type.String()), says: Type.String() },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { $id: 'NotBuilt', additionalProperties: false },
)

const codes = /`([^`]+)`/g

/** A line of the list: its subject, the names in it, and the whole line as text. */
function readItem(line: string) {
  const [, bold] = /^- \*\*(.+?)\*\*: /.exec(line) ?? []
  const names = [...line.matchAll(codes)].map((found) => found[1] as string)
  const says = line.replace(/^- /, '').replace(/\*\*/g, '').replaceAll('`', '')
  return bold === undefined
    ? { area: names[0] ?? says, names: names.slice(0, 1), says: says.split(': ').slice(1).join(': ') || says }
    : { area: bold, names, says: says.slice(bold.length + 2) }
}

/** What is documented and not built, from the file generated from the declarations. */
export async function readNotBuilt() {
  const [, ...parts] = (await readFile(file, 'utf8')).split('\n## ')
  return {
    results: parts.map((part) => {
      const [title = '', ...lines] = part.split('\n')
      return {
        title,
        says: lines.filter((line) => line && !line.startsWith('- ')).join(' '),
        items: lines.filter((line) => line.startsWith('- ')).map(readItem),
      }
    }),
  }
}
