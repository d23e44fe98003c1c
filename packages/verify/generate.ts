// Makes src/events.ts: `npm run events`.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { declaredEvents } from '../../src/slices.ts'
import { eventTypes, operationalTypes } from '../../src/webhooks/event-types.ts'

const root = join(import.meta.dirname, '../..')

/** Where the made text is kept. */
export const eventsFile = join(import.meta.dirname, 'src/events.ts')

/** The part of JSON Schema that events are described with. */
type Schema = {
  $id?: string
  description?: string
  type?: string
  enum?: (string | number)[]
  const?: string | number | boolean
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean
}

/** The text of src/events.ts, as the declarations are now. */
export async function generate(): Promise<string> {
  const interfaces = new Map<string, string>()
  const known = new Map<string, string>()
  const declared = new Map(declaredEvents.map(({ type, data }) => [type, data as Schema]))

  /** A schema with a name becomes an interface, and is referred to wherever it appears. */
  function typeOf(schema: Schema): string {
    const { $id } = schema
    if ($id === undefined) return shapeOf(schema)
    const body = JSON.stringify(schema)
    if ((known.get($id) ?? body) !== body)
      throw new Error(`Two schemas are named ${$id}. Give one of them another name.`)
    known.set($id, body)
    // Told before its fields are, for the order of the text.
    if (!interfaces.has($id)) {
      interfaces.set($id, '')
      interfaces.set($id, `${comment(schema)}export interface ${$id} ${shapeOf(schema)}\n`)
    }
    return $id
  }

  function shapeOf(schema: Schema): string {
    const { type, anyOf, items, properties, required = [] } = schema
    if (anyOf) return anyOf.map(typeOf).join(' | ')
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
    if (schema.const !== undefined) return JSON.stringify(schema.const)
    if (type === 'array') return items ? `(${typeOf(items)})[]` : 'unknown[]'
    if (type === 'object' && properties && Object.keys(properties).length) {
      const fields = Object.entries(properties).map(
        ([name, field]) =>
          `${field.$id ? '' : comment(field)}${name}${required.includes(name) ? '' : '?'}: ${typeOf(field)}\n`,
      )
      return `{\n${fields.join('')}}`
    }
    if (type === 'object') return 'Record<string, unknown>'
    if (type === 'integer') return 'number'
    if (type === 'string' || type === 'number' || type === 'boolean' || type === 'null') return type
    if (type === undefined) return 'unknown'
    throw new Error(`There is no TypeScript yet for a schema of type ${type}. Teach generate.ts to write it.`)
  }

  const lineOf = (name: string) => {
    const data = declared.get(name)
    return `'${name}': ${data ? typeOf(data) : 'Record<string, unknown>'}\n`
  }
  const documented = eventTypes.map(lineOf).join('')
  const operational = operationalTypes.map(lineOf).join('')
  const text = `// Made by \`npm run events\`, from the schemas that the server renders events with. Do not change it by hand.

${[...interfaces.values()].join('\n')}
/** What each type of event carries. Types with a \`Record\` are documented, and not told yet. */
export interface EventData {
${documented}
// About the delivery of events.
${operational}}

export type EventType = keyof EventData

/** An event of one type, as it is sent. */
export interface EventOf<Type extends EventType> {
  /** The same in every attempt to deliver the event: what you have seen, ignore. */
  event_id: number
  type: Type
  /** Seconds since 1970, with microseconds. */
  created: number
  data: EventData[Type]
}

/** Any event. Its \`type\` tells what \`data\` is. */
export type Event = { [Type in EventType]: EventOf<Type> }[EventType]
`
  return formatted(text)
}

const comment = ({ description }: Schema) => (description ? `/** ${description} */\n` : '')

/** As the linter wants it, so that what is made can be committed. */
function formatted(text: string): string {
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')
  const args = [biome, 'format', `--stdin-file-path=${eventsFile}`]
  return execFileSync(process.execPath, args, { input: text, encoding: 'utf8', cwd: root })
}

if (process.argv[1] === import.meta.filename) writeFileSync(eventsFile, await generate())
