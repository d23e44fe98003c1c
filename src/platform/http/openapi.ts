import type { TSchema } from 'typebox'
import { type Endpoint, ErrorBody } from './endpoint.ts'
import { missingOf } from './input.ts'
import { lineTypes } from './lines.ts'

type Described = { title: string; version: string; description: string }
type SchemaObject = Record<string, unknown>

const reasons: Record<number, string> = {
  400: 'The input does not fit, or the act cannot be done as things stand.',
  401: 'The token is missing or not good.',
  403: 'Not allowed.',
  404: 'Nothing has this id.',
}

/**
 * The description of the API in OpenAPI 3.1, made from the declarations that serve it.
 * @param groups endpoints by the heading they are shown under
 */
export function describe<Ctx>(info: Described, groups: Record<string, Endpoint<Ctx>[]>): SchemaObject {
  const schemas: Record<string, SchemaObject> = {}

  /** A schema with a name becomes a component; every use refers to it. */
  function refer(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map(refer)
    if (schema === null || typeof schema !== 'object') return schema
    const {
      $id,
      sentence,
      'x-alias': _alias,
      'x-line': _line,
      'x-upload': _upload,
      ...rest
    } = schema as TSchema & Record<string, unknown>
    const plain = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, refer(value)]))
    if (typeof $id !== 'string') return plain
    schemas[$id] ??= plain
    if (JSON.stringify(schemas[$id]) !== JSON.stringify(plain))
      throw new Error(`Two schemas are named ${$id}. Give one of them another name.`)
    return { $ref: `#/components/schemas/${$id}` }
  }

  const error = { 'application/json': { schema: refer(ErrorBody) } }
  const paths: Record<string, Record<string, unknown>> = {}

  for (const [group, endpoints] of Object.entries(groups)) {
    for (const { method, path, pathNames, takes, declaration } of endpoints.toSorted((a, b) => a.order - b.order)) {
      const {
        summary,
        description,
        who,
        onlyIf,
        returns,
        refuses,
        extension,
        anyBody,
        lines,
        rate,
        bodyLimit,
        uploads,
      } = declaration
      const inQuery = method === 'GET' || method === 'DELETE' || lines !== undefined
      const missing = missingOf(takes)
      const entries = Object.entries(takes).filter(([name]) => !(name in missing))
      const rest = entries.filter(([name]) => !pathNames.includes(name))
      const required = rest.some(([, schema]) => !('~optional' in schema))
      const parameter =
        (place: string) =>
        ([name, schema]: [string, TSchema]) => {
          const { description: says, ...shape } = refer(schema) as { description?: string }
          return {
            name,
            in: place,
            required: place === 'path' || !('~optional' in schema),
            ...(says && { description: says }),
            schema: shape,
          }
        }
      const object = (fields: [string, TSchema][]) => {
        const required = fields.filter(([, schema]) => !('~optional' in schema)).map(([name]) => name)
        return {
          type: 'object',
          ...(required.length && { required }),
          properties: Object.fromEntries(fields.map(([name, schema]) => [name, refer(schema)])),
        }
      }
      const bodySchema = anyBody ? refer(anyBody) : object(lines ? Object.entries(lines.takes) : rest)
      const hasBody = lines !== undefined || (!inQuery && (anyBody || rest.length > 0))
      const types = lines
        ? lineTypes.slice(0, 1)
        : ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']
      const content = Object.fromEntries(types.map((type) => [type, { schema: bodySchema }]))
      const failures = new Set<number>(Object.keys(refuses ?? {}).map(Number))
      if (rest.length || onlyIf) failures.add(400)
      if (who.signedIn) failures.add(401)
      if (pathNames.length) failures.add(404)
      if (who.signedIn && who.name !== 'member') failures.add(403)
      paths[path] ??= {}
      paths[path][method.toLowerCase()] = {
        operationId: operationId(method, path),
        tags: [group],
        summary,
        description: [
          description,
          who.says,
          onlyIf?.says,
          rate && `At most ${rate.perMinute} ${rate.name} a minute and client.`,
          bodyLimit && `Takes a body of up to ${bodyLimit} bytes.`,
          uploads && `Takes files of up to ${uploads.bytes} bytes, as parts of a multipart body.`,
          lines && `Takes a body of lines, each a JSON object, up to ${lines.bytes} bytes in all.`,
          returns.lines && 'Answers in lines, each a JSON object.',
          Object.keys(missing).length > 0 &&
            `Not there yet, and refused unless empty: ${Object.keys(missing)
              .map((name) => `\`${name}\``)
              .join(', ')}.`,
          extension && 'An extension of Kith.',
        ]
          .filter(Boolean)
          .join('\n\n'),
        'x-audience': who.name,
        security: who.signedIn ? [{ bearer: [] }] : [{}, { bearer: [] }],
        ...(entries.length > 0 && {
          parameters: [
            ...entries.filter(([name]) => pathNames.includes(name)).map(parameter('path')),
            ...(inQuery ? rest.map(parameter('query')) : []),
          ],
        }),
        ...(hasBody && { requestBody: { required: required || !!anyBody || !!lines, content } }),
        responses: {
          [returns.status]: returns.schema
            ? {
                description: 'As described.',
                content: {
                  [returns.lines ? (lineTypes[0] as string) : 'application/json']: { schema: refer(returns.schema) },
                },
              }
            : {
                description: 'Done. The body is empty.',
                ...(returns.headers && { headers: described(returns.headers) }),
              },
          ...(returns.orNothing && { 204: { description: 'Done. The body is empty.' } }),
          ...Object.fromEntries(
            [...failures]
              .sort()
              .map((status) => [
                status,
                { description: refuses?.[status] ?? reasons[status] ?? 'Refused.', content: error },
              ]),
          ),
          default: { description: 'Any other failure, in the same form.', content: error },
        },
      }
    }
  }
  return {
    openapi: '3.1.0',
    info,
    tags: Object.keys(groups).map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

const described = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, says]) => [name, { description: says, schema: { type: 'string' } }]),
  )

/** A name for generated clients: `post_user_connection_request`. */
const operationId = (method: string, path: string) =>
  [
    method.toLowerCase(),
    ...path
      .replace('/api/v2', '')
      .split('/')
      .filter(Boolean)
      .map((part) => part.replace(/[{}]/g, '')),
  ].join('_')
