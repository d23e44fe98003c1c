import { createRequire } from 'node:module'

/** A mail as a server got it. */
export type Got = { from: string; to: string[]; raw: string }

// Neither has types, and this is all that is used of them.
type Session = { envelope: { mailFrom: { address: string }; rcptTo: { address: string }[] } }
type Done = (error?: Error & { responseCode?: number }) => void
type Server = {
  listen(port: number, host: string, done: () => void): void
  close(done: () => void): void
  on(event: 'error', listener: () => void): void
  server: { address(): { port: number } }
}
type Parsed = { subject: string; text: string; html: string; messageId: string; headers: Map<string, unknown> }

const load = createRequire(import.meta.url)
const { SMTPServer } = load('smtp-server') as { SMTPServer: new (options: object) => Server }
const { simpleParser } = load('mailparser') as { simpleParser(raw: string): Promise<Parsed> }

export const parseMail = (raw: string): Promise<Parsed> => simpleParser(raw)

const refusal = (responseCode: number) =>
  Object.assign(new Error(`no kith_vc_secret, ${responseCode}`), { responseCode })

/** A mail server of this machine: keeps what it gets, and refuses whom it is told to. */
export async function openMailServer() {
  const got: Got[] = []
  const refuses: Record<string, number> = {}
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    onAuth: (auth: { username: string; password: string }, _: Session, done: (e: Error | null, r?: object) => void) =>
      auth.password === 'p@ss' ? done(null, { user: auth.username }) : done(new Error('Wrong password')),
    onRcptTo({ address }: { address: string }, _: Session, done: Done) {
      const code = refuses[address]
      done(code ? refusal(code) : undefined)
    },
    onData(stream: NodeJS.ReadableStream, { envelope }: Session, done: Done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = envelope.rcptTo.map(({ address }) => address)
        got.push({ from: envelope.mailFrom.address, to, raw: Buffer.concat(chunks).toString('utf8') })
        done()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address()
  return {
    got,
    refuses,
    smtp: { host: '127.0.0.1', port, secure: false, user: 'kith', password: 'p@ss', trusted: true },
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}
