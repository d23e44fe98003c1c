/**
 * Failovers: two nodes of Kith on a PostgreSQL with a standby, members act, the primary is killed hard and the standby
 * takes over; asynchronous, so that it lacks the last of what was told, or synchronous. Then every event that is there
 * has to have reached its receivers, no id may have been told with two bodies, what was answered has to be there if the
 * standby was synchronous, and what an asynchronous one lacked has to be reported. With `pages` everybody has a page open
 * meanwhile, at one of the nodes, which connects again when it is closed: none may be told one thing twice, all of them
 * are told what comes after, and the lists of notifications have all that there is.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createTokens } from '../src/auth/token.ts'
import { systemClock } from '../src/platform/clock.ts'
import { openFleet, type Receiver } from './fleet.ts'
import { openPages } from './pages.ts'
import { openServers, type PgServer } from './servers.ts'
import { call, dice, type Server, secret, startServer } from './storm.ts'

export type Failover = 'asynchronous' | 'synchronous'

export type FailoverRound = {
  kind: Failover
  /** Whether the nodes of Kith died with the primary. */
  nodesDied: boolean
  /** Acts answered with 2xx, and those of them that are gone. */
  answered: number
  gone: number
  /** Events there are since the last round, and ids that receivers were told and that are gone. */
  events: number
  lost: number
  /** Milliseconds in which nobody's act succeeded, and how many were answered 503. */
  away: number
  refused: number
  findings: string[]
}

export type FailoverSite = {
  round(kind: Failover, options?: { nodesDie?: boolean; load?: number }): Promise<FailoverRound>
  close(): Promise<void>
}

const types = [
  ...['status.created', 'vote.created', 'vote.deleted'],
  ...['connection_request.created', 'connection.created', 'connection.deleted'],
]
const wanted: Pick<Receiver, 'name' | 'mood' | 'types'>[] = [
  { name: 'quick', mood: 'quick', types },
  { name: 'slow', mood: 'slow', types },
  { name: 'statuses', mood: 'quick', types: ['status.created'] },
  { name: 'operator', mood: 'quick', types: ['event_log.interrupted'] },
]
const patience = 60_000

/** Whether a member votes for a status, by the answers to them; and whether the last answer came. */
type Votes = Map<string, { voted: boolean; sure: boolean }>

async function until(holds: () => Promise<boolean> | boolean, most: number, every = 50): Promise<boolean> {
  for (const began = performance.now(); performance.now() - began < most; await sleep(every))
    if (await holds()) return true
  return false
}

/** A primary and a standby, and how Kith finds the one that is the primary. */
export type Pair = {
  primary: PgServer
  standby: PgServer
  url: string
  /** Where else Kith reads. */
  replicas: string
  /** Somebody else promotes the standby, and says who follows whom. */
  managed: boolean
  close(): Promise<void>
}

async function openPair(): Promise<Pair> {
  const servers = await openServers()
  const primary = await servers.primary('a')
  await primary.query('create database kith')
  const standby = await primary.follow('b')
  const replicas = [primary, standby].map(({ port }) => `postgres://kith@127.0.0.1:${port}/kith`).join(' ')
  const url = servers.urlOf([primary, standby], 'kith')
  return { primary, standby, url, replicas, managed: false, close: servers.close }
}

/** @param open the servers; ours unless said */
export async function openFailoverSite({
  seed = 1,
  open = openPair,
  pages: withPages = false,
} = {}): Promise<FailoverSite> {
  const roll = dice(seed)
  const pair = await open()
  const fleet = await openFleet(wanted, roll)
  await fleet.calm(true)
  const dataDir = await mkdtemp(join(tmpdir(), 'kith-failover-'))
  const tokens = createTokens(secret, systemClock)
  const admin = await tokens.mint(1, 86_400)
  let { primary, standby } = pair
  const databaseUrl = pair.url
  const startNode = () =>
    startServer(dataDir, databaseUrl, {
      env: {
        DATABASE_REPLICA_URL: pair.replicas,
        KITH_WEBHOOK_ALLOW: '127.0.0.0/8',
        KITH_WEBHOOK_RETRIES: '0.2,0.4,0.8,1,1,1',
        KITH_WEBHOOK_TIMEOUT: '2',
      },
    })
  /** As its unit has it: who ends for want of a database is started again, two seconds later. */
  async function restartNode(): Promise<Server> {
    for (const began = performance.now(); ; await sleep(2_000)) {
      try {
        return await startNode()
      } catch (error) {
        const isAway = /The database at DATABASE_URL cannot be reached/.test((error as Error).message)
        if (!isAway || performance.now() - began > patience) throw error
      }
    }
  }
  let nodes: Server[] = [await startNode(), await startNode()]

  const calm = new Agent({ keepAlive: false })
  async function must(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await call(calm, `${nodes[0]?.base}/api/v2${path}`, method, admin, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as Record<string, unknown>
  }
  const people: { id: number; username: string; token: string }[] = []
  for (const username of ['alice', 'bob', 'carla', 'dario', 'elena', 'fabio']) {
    const id = (await must('POST', '/sso/signup/', { username })).id as number
    people.push({ id, username, token: await tokens.mint(id, 86_400) })
  }
  const { id: category } = await must('POST', '/category/', { name: 'Everything' })
  for (const receiver of fleet.receivers) {
    const { url, types } = receiver
    receiver.id = (await must('POST', '/webhook/endpoint/', { target: url, events: types })).id as number
    receiver.secret = (await must('POST', `/webhook/endpoint/${receiver.id}/secret/reveal/`)).signing_secret as string
  }

  const pages = withPages ? openPages(people, (i) => nodes[i % nodes.length]?.base ?? '') : null
  if (pages && !(await until(pages.allOpen, patience))) throw new Error('no page can be opened')

  // Whoever delivers is at work before anything is counted.
  const quick = fleet.receivers[0] as Receiver
  await must('POST', '/status/', { text: 'the first', categories: [category] })
  if (!(await until(() => quick.got.size > 0, patience))) throw new Error('nothing is delivered')

  /** Every event that any receiver was ever told, by id. */
  const told = new Map<number, string>()
  let wrote = 0

  async function round(kind: Failover, { nodesDie = false, load = 1 } = {}): Promise<FailoverRound> {
    const findings: string[] = []
    for (const node of nodes) node.log.length = 0
    for (const receiver of fleet.receivers) receiver.got.clear()
    const [before] = await primary.query<{ last: number }>('select max(id)::int as last from event', 'kith')
    const synchronous = kind === 'synchronous'
    if (!pair.managed) {
      await primary.query(`alter system set synchronous_standby_names = '${synchronous ? '*' : ''}'`)
      await primary.query('select pg_reload_conf()')
    }
    if (!(await isFollowing(primary, synchronous))) findings.push('the standby does not follow')

    let over = false
    let refused = 0
    const texts = new Set<string>()
    /** What was answered and not found, by its text: an id that a standby never heard of is given out again. */
    const unseen: { id: number; text: string }[] = []
    const successes: number[] = []
    /** Statuses of this round, the latest last; and what callers know of their votes for them. */
    const lively: number[] = []
    const votes: Votes = new Map()
    /** Whoever was answered sees it, wherever that is read. */
    async function readBack(agent: Agent, base: string, id: number, text: string, token: string): Promise<void> {
      const { status } = await call(agent, `${base}/api/v2/status/${id}/`, 'GET', token)
      if (status === 404) unseen.push({ id, text })
      else if (status === 503) refused++
      else if (status !== 200) findings.push(`status ${id} was read with ${status}`)
    }
    /** Somebody votes, or takes the vote back. Each caller votes as one of them, so it knows how that has ended. */
    async function vote(agent: Agent, base: string, by: number): Promise<void> {
      const id = lively.at(-1 - Math.floor(roll() * 4))
      const key = `${people[by]?.id} ${id}`
      const now = votes.get(key) ?? { voted: false, sure: true }
      if (id === undefined || !now.sure) return
      votes.set(key, { voted: !now.voted, sure: false })
      const { status, body } = await call(agent, `${base}/api/v2/status/${id}/vote/`, 'POST', people[by]?.token ?? '')
      if (status === 503) refused++
      else if (status >= 500) findings.push(`a vote was answered ${status}: ${JSON.stringify(body)}`)
      // A status that is gone with its primary is voted for no more.
      else if (status < 300) {
        successes.push(performance.now())
        votes.set(key, { voted: !now.voted, sure: true })
      }
    }
    async function act(agent: Agent, base: string): Promise<void> {
      const by = people[Math.floor(roll() * people.length)] as (typeof people)[number]
      const to = people[Math.floor(roll() * people.length)] as (typeof people)[number]
      const writes = roll() < 0.5
      const text = `text number ${++wrote} @${to.username}`
      const html = `text number ${wrote} <mention id="${to.id}">@somebody</mention>`
      const verb = ['request', 'request', 'accept', 'accept', 'remove'][Math.floor(roll() * 5)]
      const { status, body } = await (writes
        ? call(agent, `${base}/api/v2/status/`, 'POST', by.token, { text: html, categories: [category] })
        : call(agent, `${base}/api/v2/user/${to.id}/connection/${verb}/`, 'POST', by.token))
      if (status === 503) refused++
      else if (status >= 500) findings.push(`answered ${status}: ${JSON.stringify(body)}`)
      else if (status < 300) {
        successes.push(performance.now())
        if (writes) texts.add(text)
        if (writes && body.id) lively.push(body.id)
        if (writes && body.id && roll() < 0.5) await readBack(agent, base, body.id, text, by.token)
      }
    }
    const callers = Array.from({ length: 6 }, async (_, i) => {
      let agent = new Agent({ keepAlive: true, maxSockets: 1 })
      while (!over) {
        const base = nodes[i % nodes.length]?.base ?? ''
        await (roll() < 0.3 ? vote(agent, base, i) : act(agent, base)).catch(async () => {
          agent.destroy()
          agent = new Agent({ keepAlive: true, maxSockets: 1 })
          await sleep(50)
        })
        await sleep(roll() * 20)
      }
      agent.destroy()
    })

    await sleep(1_000 * load)
    if (!synchronous) {
      // It goes on for a while as if nothing were, and the standby hears none of it.
      await standby.query(`alter system set primary_conninfo = ''`)
      await standby.query('select pg_reload_conf()')
      // More than PostgreSQL keeps of a sequence in advance: ids would be given out again.
      const end = async () =>
        (await primary.query<{ id: number }>('select max(id)::int as id from event', 'kith'))[0]?.id ?? 0
      const heard = await end()
      await until(async () => (await end()) > heard + 60 * load, 10_000)
    }
    const killed = performance.now()
    await primary.kill()
    if (nodesDie) {
      for (const node of nodes) node.process.kill('SIGKILL')
      await Promise.all(nodes.map((node) => node.ended))
    }
    await sleep(roll() * 300)
    await standby.promote()
    const gone = primary
    primary = standby
    standby = gone
    if (nodesDie) nodes = await Promise.all([restartNode(), restartNode()])
    if (!(await until(() => (successes.at(-1) ?? 0) > killed + 50, patience)))
      findings.push('nobody could do anything within a minute')
    await sleep(1_000 * load)
    over = true
    await Promise.all(callers)
    const times = successes.sort((a, b) => a - b)
    const away = Math.max(...times.map((at, i) => (i ? at - (times[i - 1] as number) : 0)))

    if (pages) findings.push(...(await lookAtPages(pages)))
    const lost = await look(kind, nodesDie, before?.last ?? 0, findings)
    const there = await primary.query<{ words: string }>('select trim(words) as words from contribution', 'kith')
    const kept = new Set(there.map(({ words }) => words))
    const missing = [...texts].filter((text) => !kept.has(text))
    // What an asynchronous standby lacks, nobody sees any more.
    for (const { id, text } of unseen)
      if (kept.has(text)) findings.push(`status ${id} was answered, and not seen at once`)
    findings.push(...(await lookAtVotes(synchronous ? votes : new Map())))
    if (synchronous && missing.length)
      findings.push(`${missing.length} answered acts are gone, ${missing[0]} among them`)
    if (!synchronous && !lost.length && !nodesDie) findings.push('nothing was lost: this was no trial')
    for (const node of nodes)
      for (const line of node.log)
        if (/uncaught|nobody caught|thread failed|"code":"(42|23|22)/.test(line)) findings.push(line.slice(0, 1_000))
    const [{ events } = { events: 0 }] = await primary.query<{ events: number }>(
      `select count(*)::int as events from event where id > ${before?.last ?? 0}`,
      'kith',
    )
    await standby.rejoin(primary)
    return {
      kind,
      nodesDied: nodesDie,
      answered: successes.length,
      gone: missing.length,
      events,
      lost: lost.length,
      away: Math.round(away),
      refused,
      findings,
    }
  }

  /** What is wrong with votes: against the answers to those who voted, the counts, and what events say of them. */
  async function lookAtVotes(votes: Votes): Promise<string[]> {
    const findings: string[] = []
    const there = await primary.query<{ key: string }>(
      `select concat(member_id, ' ', target_id) as key from mark where reaction is not null`,
      'kith',
    )
    const kept = new Set(there.map(({ key }) => key))
    for (const [key, { voted, sure }] of votes)
      if (sure && voted !== kept.has(key)) findings.push(`the vote of ${key} was answered, and is ${kept.has(key)}`)
    const miscounted = await primary.query<{ id: number }>(
      `select id::int from contribution c where vote_count <>
         (select count(*) from mark m where m.target_id = c.id and m.kind = c.kind and m.reaction is not null)`,
      'kith',
    )
    findings.push(...miscounted.map(({ id }) => `the votes of ${id} are miscounted`))
    const untold = await primary.query<{ key: string; told: number }>(
      `select key, sum(n)::int as told from (
         select concat(body #>> '{data,user,id}', ' ', body #>> '{data,status,id}') as key,
           case type when 'vote.created' then 1 else -1 end as n
         from event where type in ('vote.created', 'vote.deleted')
         union all select concat(member_id, ' ', target_id), -1 from mark where reaction is not null
       ) of_both group by key having sum(n) <> 0`,
      'kith',
    )
    findings.push(...untold.map(({ key, told }) => `the vote of ${key}: its events are ${told} from what there is`))
    return findings
  }

  /** What is wrong with what open pages were told, and with the lists that they show. */
  async function lookAtPages(pages: ReturnType<typeof openPages>): Promise<string[]> {
    const findings: string[] = []
    if (!(await until(pages.allOpen, patience))) findings.push('pages do not connect again')
    const title = `banner ${++wrote}`
    await must('POST', '/notification/banner/', { title, body_text: 'All is well again.' })
    if (!(await until(() => pages.allHeard(title), 20_000))) findings.push('pages are not told of what came after')
    findings.push(...pages.twice())
    for (const { id, token } of people) {
      const listed = new Set<string>()
      let next: string | null = `${nodes[0]?.base}/api/v2/notification/?limit=50`
      while (next) {
        const { status, body } = await call(calm, next, 'GET', token)
        const page = body as { results: { aggregated: { sid: string }[] }[]; next: string | null }
        if (status !== 200) throw new Error(`GET ${next}: ${status} ${JSON.stringify(body)}`)
        for (const { aggregated } of page.results) for (const { sid } of aggregated) listed.add(sid)
        next = page.next
      }
      const there = await primary.query<{ sid: string }>(
        `select id::text as sid from notification where member_id = ${id}`,
        'kith',
      )
      const missing = there.filter(({ sid }) => !listed.has(sid))
      if (missing.length || listed.size !== there.length)
        findings.push(`member ${id} has ${there.length} notifications, and ${listed.size} in their list`)
    }
    return findings
  }

  /** Compares what receivers were told with what there is; says which ids were told and are gone. */
  async function look(kind: Failover, died: boolean, after: number, findings: string[]): Promise<number[]> {
    type Row = { id: number; type: string; body: string }
    let rows: Row[] = []
    const owing = () =>
      fleet.receivers.flatMap(({ name, types, got }) =>
        rows.filter(({ id, type }) => types.includes(type) && !got.get(id)?.taken).map(({ id }) => `${name} ${id}`),
      )
    await until(
      async () => {
        rows = await primary.query<Row>(`select id::int, type, body::text from event where id > ${after}`, 'kith')
        return owing().length === 0
      },
      patience,
      200,
    )
    const owed = owing()
    if (owed.length) findings.push(`${owed.length} deliveries did not come: ${owed.slice(0, 10).join(', ')}`)
    const there = new Map(rows.map(({ id, body }) => [id, body]))
    const lost = new Set<number>()
    for (const { name, got } of fleet.receivers)
      for (const [id, { body, differs }] of got) {
        const now = there.get(id)
        const earlier = told.get(id)
        if (differs || (now ?? body) !== body || (earlier ?? body) !== body)
          findings.push(`${name} was told event ${id} with two bodies`)
        told.set(id, body)
        if (now === undefined && id > after) lost.add(id)
      }
    await report(
      kind,
      died,
      [...lost].sort((a, b) => a - b),
      findings,
    )
    return [...lost]
  }

  /** Whether Kith has said what is lost. */
  async function report(kind: Failover, died: boolean, lost: number[], findings: string[]): Promise<void> {
    type Break = { cause: string; missing_from: number; last_known: number | null; told: boolean }
    let found: Break | undefined
    await until(async () => {
      ;[found] = await primary.query<Break>(
        'select cause, missing_from::int, last_known::int, told from event_break order by id desc limit 1',
        'kith',
      )
      return found?.told === true
    }, 20_000)
    if (!found?.told) findings.push(`the failover was not reported: ${JSON.stringify(found)}`)
    if (!found || !lost.length) return
    const [first, last] = [lost[0] as number, lost.at(-1) as number]
    if (found.missing_from > first) findings.push(`${first} is lost, and reported is ${JSON.stringify(found)}`)
    // Those who sent it and lived know how far they had come.
    if (!died && (found.last_known ?? 0) < last)
      findings.push(`${last} was told and is lost, and reported is ${JSON.stringify(found)}`)
    if (found.last_known !== null && found.last_known < found.missing_from)
      findings.push(`${lost.length} are lost, and nothing is said to be: ${JSON.stringify(found)}`)
    const said = () => nodes.some(({ log }) => log.some((line) => line.includes('the event log was interrupted')))
    if (!(await until(said, 10_000))) findings.push('no node has logged the interruption')
    const operator = fleet.receivers.find(({ name }) => name === 'operator') as Receiver
    if (!(await until(() => operator.got.size > 0, 10_000)))
      findings.push('the operator was not told of the interruption')
    const doctor = await promisify(execFile)(process.execPath, ['src/main.ts', 'doctor'], {
      cwd: join(import.meta.dirname, '..'),
      env: { ...process.env, DATABASE_URL: databaseUrl, KITH_DATA_DIR: dataDir, KITH_JWT_SECRET: secret },
    }).catch((error: { stdout: string }) => error)
    if (!/^WRONG {2}event log: interrupted/m.test(doctor.stdout))
      findings.push(`${kind}: doctor does not say what is lost: ${doctor.stdout}`)
    const drift = doctor.stdout.split('\n').filter((line) => /^WRONG/.test(line) && !/event log/.test(line))
    if (drift.length) findings.push(...drift)
  }

  async function isFollowing(server: PgServer, synchronous: boolean): Promise<boolean> {
    return until(async () => {
      const rows = await server.query<{ state: string; sync_state: string }>(
        'select state, sync_state from pg_stat_replication',
      )
      return rows.some((row) => row.state === 'streaming' && (!synchronous || row.sync_state === 'sync'))
    }, 30_000)
  }

  return {
    round,
    async close() {
      pages?.close()
      for (const node of nodes) node.process.kill('SIGTERM')
      await Promise.race([Promise.all(nodes.map((node) => node.ended)), sleep(15_000, null, { ref: false })])
      for (const node of nodes) node.process.kill('SIGKILL')
      await fleet.close()
      await pair.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
