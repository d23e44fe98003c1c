// Writes docs/not-built.md: `npm run not-built`.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { preferenceDefinitions } from '../../src/community/preferences.ts'
import { missingOf } from '../../src/platform/http/input.ts'
import { declaredEvents, endpoints } from '../../src/slices.ts'
import { eventTypes } from '../../src/webhooks/event-types.ts'
import contract from './endpoints.json' with { type: 'json' }

/** Where what is not built is listed. */
export const notBuiltFile = join(import.meta.dirname, '../../docs/not-built.md')

const groupBy = <Each>(list: Each[], keyOf: (each: Each) => string): [string, Each[]][] => {
  const groups = new Map<string, Each[]>()
  for (const each of list) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each])
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

const code = (text: string) => `\`${text}\``
const short = (path: string) => path.replace('/api/v2', '')

const areaOf = (name: string) => name.replace('/api/v2', '').split('/')[1] as string

/** Documented by mistake: its own example, and every client, restores by POST. */
const slips = ['DELETE /api/v2/discussion/{id}/restore/']

/** Served as a page, for a person. */
const pages = ['GET /oauth/authorize/']

/** Documented under two names of what is in the path, and one address. */
const twice = ['GET /api/v2/legal_page/{policy}/']

/** The text of docs/not-built.md, as the declarations are now. */
export function describeNotBuilt(): string {
  const served = [...endpoints].sort((a, b) => a.order - b.order)
  const there = new Set(served.map(({ method, path }) => `${method} ${path}`))
  const documented = [...new Set(contract.map(({ endpoint }) => endpoint))].filter((name) => !slips.includes(name))
  const missing = documented.filter((name) => !there.has(name) && !pages.includes(name) && !twice.includes(name))
  const areas = groupBy(missing, areaOf).map(([area, names]) => {
    const all = documented.filter((name) => areaOf(name) === area).length
    const lines = names.map((name) => name.split(' ')).map(([method, path = '']) => code(`${method} ${short(path)}`))
    return `- **${area}**: ${names.length} of ${all}. ${lines.join(', ')}`
  })

  const refused = served.flatMap(({ method, path, takes }) =>
    Object.entries(missingOf(takes)).map(([field, what]) => ({ field, what, where: `${method} ${short(path)}` })),
  )
  const fields = groupBy(refused, ({ what }) => what).map(([what, each]) => {
    const inputs = groupBy(each, ({ field }) => field).map(
      ([field, places]) => `${code(field)} of ${places.map(({ where }) => code(where)).join(', ')}`,
    )
    return `- **${what}**: ${inputs.join('; ')}`
  })

  const emitted = new Set(declaredEvents.map(({ type }) => type))
  const silent = eventTypes.filter((type) => !emitted.has(type))
  const events = groupBy(silent, (type) => type.split('.')[0] as string).map(
    ([family, types]) => `- **${family}**: ${types.map(code).join(', ')}`,
  )

  const later = preferenceDefinitions.filter(({ notYet }) => notYet)
  const options = later.map(
    ({ key, notYet, default: value }) => `- ${code(key)} stays ${code(JSON.stringify(value))}: ${notYet}`,
  )

  return `# What is documented and not built

\`npm run not-built\` writes this from the declarations, and a test compares it. Nothing of it is dropped in silence: an address
is answered with 404 or 405; a field, a filter or an option is refused by name with 400 and the code \`not_supported\`, its empty
value (\`null\`, \`""\`, \`[]\`, \`{}\`, \`false\`) taken as absent; an event can be subscribed to and is not emitted. What nobody
knows is ignored, as the original does, and named in the header \`X-Kith-Ignored\` of the answer and in the log.

## Endpoints

${missing.length} of ${documented.length} documented endpoints are not served.

${areas.join('\n')}

## Fields and filters

${fields.join('\n')}

## Events

${silent.length} of ${eventTypes.length} documented events are not emitted yet. Endpoints may subscribe to them all the same.

${events.join('\n')}

## Options

${later.length} of ${preferenceDefinitions.length} options promise what is not there. They keep their value, and setting them to another is refused.

${options.join('\n')}
`
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(notBuiltFile, describeNotBuilt())
  console.log(`Wrote ${notBuiltFile}.`)
}
