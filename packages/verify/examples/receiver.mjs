/**
 * A receiver that does its work once for each event. An event may come more than once: the answer came too late, or was
 * lost on the way; one of the two crashed before it had written down that all was well; somebody had it sent again. All of
 * these have the same `event_id`, and nothing else of them need be the same: the signature is new at every attempt. So
 * the id is kept, where it can be there but once, in the transaction that does the work. Kept before, a crash between the
 * two loses the event; kept afterwards, it does the work twice.
 */
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite' // Node 22.5 or later; any database with transactions does.
import { buffer } from 'node:stream/consumers'
import { SignatureError, verify } from '@kith/verify'

const db = new DatabaseSync(process.env.DATABASE_FILE)
db.exec('create table if not exists seen (event_id integer primary key)')
db.exec('create table if not exists friendships (id integer primary key, n integer)')
db.exec('insert into friendships values (1, 0) on conflict do nothing')

/** The work: here, to count. What cannot be undone, as a mail, is queued here and done afterwards. */
function work({ type }) {
  if (type === 'connection.created') db.exec('update friendships set n = n + 1')
  if (type === 'connection.deleted') db.exec('update friendships set n = n - 1')
}

function receive(event) {
  db.exec('begin immediate')
  try {
    const { changes } = db.prepare('insert into seen values (?) on conflict do nothing').run(event.event_id)
    if (changes) work(event)
    db.exec('commit')
  } catch (error) {
    db.exec('rollback')
    throw error // Answered with a 500, it comes again.
  }
}

createServer(async (request, response) => {
  try {
    receive(verify(await buffer(request), request.headers['selfcommunity-signature'], process.env.WEBHOOK_SECRET))
    // What was seen is answered like what is new: any other answer would bring it again.
    response.writeHead(204).end()
  } catch (error) {
    if (!(error instanceof SignatureError)) console.error(error)
    response.writeHead(error instanceof SignatureError ? 400 : 500).end(error.code)
  }
}).listen(process.env.PORT)
