import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { FastifyInstance } from 'fastify'
import { baseOf } from './address.ts'
import type { ServerOptions } from './server.ts'
import { isKnown, tagOf } from './tag.ts'

const require = createRequire(import.meta.url)

const files = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

const start = `addEventListener('load', () => SwaggerUIBundle({
  url: '/api/v2/openapi.json', dom_id: '#reference', deepLinking: true, filter: true, tryItOutEnabled: true,
  persistAuthorization: true, docExpansion: 'list', defaultModelsExpandDepth: 0, displayRequestDuration: true,
  operationsSorter: null, validatorUrl: null,
}))`

const style = `body { margin: 0 } .swagger-ui .topbar { display: none } .swagger-ui .info { margin: 32px 0 }
.swagger-ui .opblock .opblock-summary-path { max-width: none; word-break: normal }
.swagger-ui { font-family: system-ui, sans-serif }`

const html = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: API reference</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/reference.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/reference.js" defer></script>
</head>
<body><div id="reference"></div></body>
</html>
`

/** The page loads scripts from here only, and calls nobody else. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

/** A description as bytes, without the brace it begins with. */
function written(description: Record<string, unknown>) {
  const rest = Buffer.from(JSON.stringify(description)).subarray(1)
  return { rest, tag: tagOf(rest) }
}

/**
 * Serves the API description at /api/v2/openapi.json, and a reference for browsing and trying it at /docs/reference.
 */
export function serveReference(
  app: FastifyInstance,
  title: string,
  describe: () => Record<string, unknown>,
  options: ServerOptions,
): void {
  let description: { rest: Buffer; tag: string } | undefined
  app.get('/api/v2/openapi.json', async (request, reply) => {
    const servers = JSON.stringify([{ url: baseOf(request, options.publicUrl) }])
    // Made on the first request, so that the start does not wait for it.
    description ??= written(describe())
    const { rest } = description
    const tag = tagOf(`${description.tag}${servers}`)
    reply.headers({ ETag: tag, 'Cache-Control': 'private, no-cache' })
    if (isKnown(request, tag)) return reply.code(304).send()
    return reply.type('application/json').send(Buffer.concat([Buffer.from(`{"servers":${servers},`), rest]))
  })
  const serve = (path: string, type: string, read: () => string | Promise<Buffer>) =>
    app.get(path, async (_request, reply) =>
      reply
        .header('Content-Security-Policy', policy)
        .header('Cache-Control', 'max-age=3600')
        .type(type)
        .send(await read()),
    )
  serve('/docs/reference', 'text/html; charset=utf-8', () => html(title))
  serve('/docs/reference.js', 'text/javascript; charset=utf-8', () => start)
  serve('/docs/reference.css', 'text/css; charset=utf-8', () => style)
  for (const [file, type] of Object.entries(files)) {
    serve(`/docs/${file}`, type, () => readFile(require.resolve(`swagger-ui-dist/${file}`)))
  }
}
