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

/** Text between single quotes of a shell. */
const shellOf = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

export type Checks = Record<'Node.js' | 'Python' | 'Shell', string>

/**
 * Code that checks the signature of one payload as it was sent, with the secret in WEBHOOK_SECRET: by the package, by
 * nothing but Python, and by openssl, which also signs it anew for a receiver of whoever looks.
 */
export const checksOf = (body: string, header: string): Checks => ({
  'Node.js': `// npm install @kith/verify
import { verify } from '@kith/verify'

const body = ${JSON.stringify(body)}
const header = ${JSON.stringify(header)}
// A receiver leaves this out: it takes nothing that is older than five minutes.
const now = new Date(Number(/t=(\\d+)/.exec(header)[1]) * 1000)

console.log(verify(body, header, process.env.WEBHOOK_SECRET, { now }))
`,
  Python: `import hashlib
import hmac
import os

body = ${JSON.stringify(body)}
header = ${JSON.stringify(header)}

parts = [part.split('=', 1) for part in header.split(',')]
at = dict(parts)['t']
secret = os.environ['WEBHOOK_SECRET'].encode()
wanted = hmac.new(secret, f'{at}.{body}'.encode(), hashlib.sha256).hexdigest()
signed = any(name == 'v1' and hmac.compare_digest(digest, wanted) for name, digest in parts)
print('signed' if signed else 'not signed with this secret')
`,
  Shell: `body=${shellOf(body)}
header=${shellOf(header)}
sign() { printf '%s.%s' "$1" "$body" | openssl dgst -sha256 -hmac "$WEBHOOK_SECRET" -r | cut -d' ' -f1; }

at=\${header#t=}; at=\${at%%,*}
case ",$header," in
  *",v1=$(sign "$at"),"*) echo signed ;;
  *) echo not signed with this secret ;;
esac

# The same for a receiver of yours, signed now:
at=$(date +%s); v1=$(sign "$at")
curl -i "\${RECEIVER:-http://localhost:9000/}" -H 'content-type: application/json' \\
  -H "selfcommunity-signature: t=$at,v1=$v1,v0=$v1" --data-binary "$body"
`,
})
