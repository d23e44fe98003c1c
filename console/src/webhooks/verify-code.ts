/** A receiver in plain Node.js that takes only what is signed, and newer than five minutes. */
export const verifyCode = `// npm install @kith/verify does the same, and knows the type of every event:
// import { verify } from '@kith/verify'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

function isSigned(body, header, secret) {
  const parts = header.split(',').map((part) => part.split('='))
  const at = parts.find(([name]) => name === 't')?.[1]
  if (Math.abs(Date.now() / 1000 - at) > 300) return false
  const wanted = createHmac('sha256', secret).update(\`\${at}.\`).update(body).digest()
  return parts
    .filter(([name]) => name === 'v1')
    .map(([, digest]) => Buffer.from(digest, 'hex'))
    .some((digest) => digest.length === wanted.length && timingSafeEqual(digest, wanted))
}

createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request))
  const header = request.headers['selfcommunity-signature'] ?? ''
  if (!isSigned(body, header, process.env.WEBHOOK_SECRET)) return response.writeHead(400).end()
  console.log(JSON.parse(body))
  response.writeHead(204).end()
}).listen(9000)
`
