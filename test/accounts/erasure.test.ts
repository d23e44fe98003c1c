import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewMember } from '../../src/accounts/create.ts'
import { continueErasures } from '../../src/accounts/erase.ts'
import { makeArchives } from '../../src/archives/make.ts'
import { endUploads } from '../../src/media/upload.ts'
import { settleScores } from '../../src/scores/settle.ts'
import { endpoints, slices } from '../../src/slices.ts'
import { makeApp, password } from '../oauth/support.ts'
import { openBrowser } from '../support/browser.ts'
import { deliver } from '../support/delivery.ts'
import { openInbox } from '../support/inbox.ts'
import { ok } from '../support/ok.ts'
import { picture, send } from '../support/upload.ts'
import { createWorld, type Person, type Told, type World, walk } from '../support/world.ts'
import { addAttempts, addEndpoint } from '../webhooks/endpoints.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({
    polls_enabled: true,
    share_post_enabled: true,
    private_messages_enabled: true,
    post_geolocation_enabled: true,
    incubator_enabled: true,
    user_metadata_definition: '{"instrument":{"label":"Instrument"}}',
  })
})
afterAll(() => world.end())

/** Every address is read, processes are started: on a machine that does much else this takes its time. */
const long = { timeout: 120_000 }

const kinds = ['status', 'post', 'discussion']
/** In everything that Kim says, or is called. */
const word = 'xylophone'
const holds = (text: string) => text.toLowerCase().includes(word)

const drift = async () => (await Promise.all(slices.map(({ drift }) => drift?.find(world.db) ?? []))).flat()

/** Kim, who does what can be done, and whose every word can be told from others'. */
async function joinKim(
  name: string,
  more: Partial<NewMember> = {},
): Promise<{ kim: Person; own: Record<string, number>; about: Record<string, number> }> {
  const { admin, alice, bob } = world
  const kim = await world.join(`${word}_${name}`, {
    ext_id: `${word}-${name}`,
    real_name: `Kim ${word}`,
    avatar: `https://pics.example/${word}.png`,
    ...more,
  })
  await ok(
    kim.patch('/user/me/', {
      bio: `A ${word}\n"quoted"`,
      website: `https://${word}.example`,
      location: word,
      company_name: word,
      company_role: word,
    }),
  )
  await ok(
    kim.patch('/user/me/', {
      description: word,
      date_of_birth: '1852-05-04',
      instrument: word,
      location_lat_lng: '51.7,-1.2',
    }),
  )
  await ok(kim.patch('/user/me/settings/', { connections_visibility: 'self' }))
  await ok(kim.post('/user/me/preference/', { key: word, value: word }))
  await ok(kim.post('/device/fcm/', { registration_id: word, name: word, device_id: word }))
  await ok(kim.post('/user/me/provider/', { provider: word, ext_id: word, show_in_profile: true }))
  // Mails are about them, and wait to be sent; a new address waits to be confirmed.
  await ok(kim.patch('/user/me/change_email/', { new_email: `${word}-${name}@new.example` }))
  const { body: category } = await ok(admin.post('/category/', { name: `Music ${name}` }))
  await ok(kim.post(`/category/${category.id}/follow/`))
  await ok(kim.post(`/user/${alice.id}/connection/request/`))
  await ok(alice.post(`/user/${kim.id}/connection/accept/`))
  await ok(kim.post(`/user/${world.carla.id}/connection/request/`))
  await ok(bob.post(`/user/${kim.id}/hide/`))
  const image = { data: await picture(), name: `${word}.png` }
  await ok(send(world, kim, 'PATCH', '/user/me/', { avatar: image, cover: image }))
  await ok(send(world, kim, 'POST', '/media/', { type: 'doc', document: { data: word, name: `${word}.txt` } }))
  const halfway = { 'content-range': 'bytes 0-2/9' }
  await ok(send(world, kim, 'POST', '/media/upload/chunk/', { image: { ...image, data: 'xyl' } }, halfway))
  const own: Record<string, number> = {}
  const about: Record<string, number> = {}
  for (const kind of kinds) {
    const text = `<p>My ${word}</p>`
    const location = { location: `${word} street`, lat: 51.75, lng: -1.25 }
    const media = await ok(send(world, kim, 'POST', '/media/', { type: 'image', image }))
    const content = {
      text,
      location,
      medias: [media.body.id],
      categories: [category.id],
      ...(kind === 'discussion' && { title: `On ${word}` }),
    }
    own[kind] = (await ok(kim.post(`/${kind}/`, content))).body.id
    await ok(kim.put(`/${kind}/${own[kind]}/`, content))
    await ok(kim.post(`/${kind}/`, { ...content, draft: true, medias: [] }))
    const again = (await ok(kim.post(`/${kind}/`, { ...content, medias: [] }))).body.id
    await ok(kim.delete(`/${kind}/${again}/`))
    for (const act of ['vote', 'follow', 'suspend', 'hide']) await ok(alice.post(`/${kind}/${own[kind]}/${act}/`))
    await ok(alice.post(`/${kind}/${own[kind]}/flag/`, { flag_type: 1 }))
    const others = { text: 'A drum', ...(kind === 'discussion' && { title: 'Drums' }) }
    about[kind] = (await ok(alice.post(`/${kind}/`, others))).body.id
    for (const act of ['vote', 'follow', 'suspend']) await ok(kim.post(`/${kind}/${about[kind]}/${act}/`))
    await ok(kim.post(`/${kind}/${about[kind]}/flag/`, { flag_type: 2 }))
    await ok(kim.post(`/${kind}/${own[kind]}/vote/`))
    await ok(kim.post('/feed/read/', { object: [about[kind]] }))
  }
  const poll = (what: string) => ({ title: `Which ${what}?`, choices: [{ choice: `A "${what}"` }, { choice: 'None' }] })
  for (const [who, others, what] of [
    [kim, alice, word],
    [alice, kim, 'drum'],
  ] as const) {
    const { body } = await ok(who.post('/post/', { text: 'A poll', poll: poll(what) }))
    for (const voter of [who, others])
      await ok(voter.post(`/post/${body.id}/poll/vote/`, { choice: body.poll.choices[0].id }))
    if (who === kim) own.polled = body.id
    else about.polled = body.id
  }
  for (const [who, what, where] of [
    [kim, about.post, own],
    [alice, own.post, about],
  ] as const) {
    const { body } = await ok(who.post('/media/', { type: 'share', shared_object: what }))
    where.shared = (
      await ok(who.post('/post/', { text: `Look, a ${who === kim ? word : 'drum'}`, medias: [body.id] }))
    ).body.id
  }
  const say = async (who: Person, rest: object): Promise<number> => {
    const text = who === kim ? `<p>I say ${word}</p>` : 'I say drum'
    return (await ok(who.post('/comment/', { text, ...rest }))).body.id
  }
  own.comment = await say(kim, { post: about.post })
  await ok(kim.put(`/comment/${own.comment}/`, { text: `I said ${word}` }))
  await ok(kim.delete(`/comment/${await say(kim, { post: about.post })}/`))
  for (const act of ['vote', 'flag']) await ok(alice.post(`/comment/${own.comment}/${act}/`, { flag_type: 1 }))
  await say(alice, { post: about.post, parent: own.comment })
  about.comment = await say(alice, { post: about.post })
  own.reply = await say(kim, { post: about.post, parent: about.comment })
  for (const act of ['vote', 'flag']) await ok(kim.post(`/comment/${about.comment}/${act}/`, { flag_type: 1 }))
  await say(alice, { post: own.post })
  const { file_uuid } = (
    await ok(send(world, kim, 'POST', '/pm/upload/', { file: { data: word, name: `${word}.txt` } }))
  ).body
  await ok(
    send(world, kim, 'POST', '/pm/upload/', { file: { data: word }, filename: word, partindex: '0', totalparts: '2' }),
  )
  const message = { message: `${word} for you`, file_uuid }
  own.message = (await ok(kim.post('/pm/', { recipients: [alice.id], ...message }))).body[0].id
  await ok(alice.post('/pm/', { recipients: [kim.id], message: 'For Kim' }))
  return { kim, own, about }
}

/** Every address that somebody can read at which the word is found: any of these ids in its place, and searched for. */
async function whereRead(ids: number[], ...people: Person[]): Promise<string[]> {
  const addresses = endpoints
    .filter(({ method }) => method === 'GET')
    .flatMap(({ path, takes }) => {
      const at = path.replace('/api/v2', '')
      const paths = at.includes('{') ? ids.map((id) => at.replace(/\{\w+\}/, String(id))) : [at]
      if (at === '/comment/') paths.push(...ids.flatMap((id) => [`${at}?post=${id}`, `${at}?user=${id}`]))
      const asked = ['search', 'username', 'user', 'real_name', 'email', 'query'].filter((name) => name in takes)
      return paths.flatMap((each) => ['', ...asked.map((name) => `?${name}=${word}`)].map((query) => [each, query]))
    })
  const found: string[] = []
  await Promise.all(
    people.map(async (who) => {
      for (const [path = '', query = ''] of addresses) {
        const { status, text } = await who.get(`${path}${query}`)
        expect(status, path).toBeLessThan(500)
        if (holds(query ? text.replaceAll(query.slice(1), '') : text)) found.push(`${who.username} ${path}${query}`)
      }
    }),
  )
  return found
}

/** Every table that has the word in some row. */
async function whereKept(): Promise<string[]> {
  const tables = await world.db.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await world.db.query(`select 1 from ${name} t where t::text ilike '%${word}%' limit 1`)
    if (rows.length) found.push(name)
  }
  return found
}

/** Columns that name a member: by a constraint, or by what they are called. */
async function whereNamed(id: number): Promise<{ column: string; n: number }[]> {
  const columns = await world.db.query<{ at: string; name: string; member: boolean }>(
    `select t.oid::regclass::text as at, a.attname as name
     from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
     where t.relkind in ('r', 'p') and t.relnamespace = 'public'::regnamespace and not t.relispartition
       and a.atttypid = 'bigint'::regtype and t.relname <> 'users'
       and (a.attname ~ '^(member|user|author|owner|sender|receiver|other|actor|low|high|from|to)_id$' or a.attname ~ '_by$'
         or exists (select from pg_constraint c where c.contype = 'f' and c.conrelid = t.oid
           and c.confrelid = 'users'::regclass and a.attnum = any(c.conkey)))
     order by 1, 2`,
  )
  const found: { column: string; n: number }[] = []
  for (const { at, name } of columns) {
    const [row] = await world.db.query<{ n: number }>(`select count(*)::int as n from ${at} where ${name} = $1`, [id])
    found.push({ column: `${at}.${name}`, n: row?.n ?? 0 })
  }
  return found
}

/** Where an archive has nothing of, though it names the member, and why. */
const notInArchive: Record<string, string> = {
  'archive.member_id': 'the archive itself',
  'archive_part.member_id': 'the archive itself',
  'avatar_fetch.user_id': 'a picture that is still to be fetched: then it is an avatar',
  'banner.made_by': 'what the community says to everybody',
  'banner_reader.member_id': 'that they have put a banner away',
  'block.blocked_by': 'what they did to others is in the audit trail',
  'block.member_id': 'it is on their page for as long as it lasts',
  'addressed.author_id': 'the same contributions, those that are addressed by tags',
  'addressed_feed.author_id': 'the same again, in the orders of lists',
  'category_feed.author_id': 'the same contributions, by category',
  'contributor.author_id': 'the same contributions and comments, counted',
  'credential.user_id': 'a secret',
  'embed_feed.author_id': 'the same contributions, by embed',
  'erasure.member_id': 'nothing is left to be taken then',
  'hidden_author.author_id': 'whom others hide, which is theirs',
  'hidden_author.member_id': 'whom the member hides: in connections',
  'member_place.member_id': 'the coordinates of the profile',
  'message_box.member_id': 'a count of the same messages',
  'message_thread.high_id': 'the same messages, by thread',
  'message_thread.low_id': 'the same messages, by thread',
  'message_side.other_id': 'the same messages, as the other has them',
  'moderation_case.author_id':
    'the same contributions and comments, and how often others flagged them, which is theirs',
  'moderation_case.moderated_by': 'what they did to others is in the audit trail',
  'notification_box.member_id': 'a count of the same notifications',
  'postponed_event.from_id': 'what is to be told of connections that have ended',
  'postponed_event.to_id': 'what is to be told of connections that have ended',
  'relation.other_id': 'what others have decided, which is theirs',
  'score_due.member_id': 'points that are to come: then they are scores',
  'score_total.member_id': 'the sum of the same scores',
  'share.author_id': 'the same contributions, by what they share',
  'sharer.author_id': 'the same contributions, by what they share',
  'signal.member_id': 'that an open page is to be told of a message',
  'sign_up.member_id': 'who waits to be let in is no member yet, and then it goes',
}

/** What names a member who is erased, and why. */
const staysNamed: Record<string, string> = {
  'banner.made_by': 'what the community says to everybody; the id leads to nothing',
  'moderation_case.author_id': 'numbers alone, of an empty place',
  'notification_box.member_id': 'an empty box that is closed',
  'audit.actor_id': 'what was done to others stays; the id leads to nothing',
  'comment.author_id': 'an empty place, where others have answered',
  'contribution.author_id': 'an empty place, of which events tell',
  'custom_page.created_by': 'pages of the community; the id leads to nothing',
  'custom_page.updated_by': 'pages of the community; the id leads to nothing',
  'erasure.member_id': 'that they were erased',
  'legal_page.created_by': 'pages of the community; the id leads to nothing',
  'legal_page.updated_by': 'pages of the community; the id leads to nothing',
  'poll.author_id': 'an empty place, of which events tell',
}

/** What names somebody who has done what there is to do, and is nowhere found by a test: what is there for a moment only. */
const momentary = [
  ...['avatar_fetch.user_id', 'erasure.member_id', 'hidden_author.author_id', 'postponed_event.from_id'],
  ...['postponed_event.to_id', 'sign_up.member_id', 'block.member_id', 'score_due.member_id'],
]

/** What members do who are of the staff, sign in with a browser, allow apps, and were invited. */
async function doTheRest(kim: Person): Promise<void> {
  const { body: tag } = await ok(kim.post('/tag/', { type: 'user', name: `Tag ${kim.id}` }))
  await ok(kim.post('/status/', { text: word, addressing: [tag.id] }))
  const { body: invitation } = await ok(kim.post('/invite_code/', { name: word }))
  await world.db.query(
    'insert into signup_code_use (code_id, member_id, used_at) select id, $1, now() from signup_code where code = $2',
    [kim.id, invitation.code],
  )
  const { body: page } = await ok(kim.post('/legal_page/', { policy: 'cookies', title: 'Cookies' }))
  await ok(kim.patch(`/legal_page/${page.id}/`, { title: 'Biscuits' }))
  await ok(kim.post(`/legal_page/${page.id}/ack/`, { accept: '1' }))
  const { body: written } = await ok(kim.post('/custom_page/', { title: `Page ${kim.id}` }))
  await ok(kim.patch(`/custom_page/${written.id}/`, { html_body: 'About us.' }))
  const { body: incubator } = await ok(kim.post('/incubator/', { name: `${word} ${kim.id}`, slogan: word }))
  await ok(kim.post(`/incubator/${incubator.id}/subscribe/`))
  const gone = await world.join(`gone_${kim.id}`)
  await ok(gone.post('/status/', { text: 'Soon gone' }))
  // Whoever came later is the other in a thread.
  await ok(kim.post('/pm/', { recipients: [gone.id], message: word }))
  await ok(kim.post(`/user/${gone.id}/hide/`))
  await ok(gone.delete(`/user/${gone.id}/`))
  const { body: embed } = await ok(
    kim.post('/embed/', { embed_type: 'film', embed_id: `film-${kim.id}`, metadata: {} }),
  )
  const { body: film } = await ok(kim.post('/media/', { type: 'embed', embed }))
  await ok(kim.post('/post/', { text: word, medias: [film.id] }))
  await ok(kim.post('/notification/banner/', { title: 'Tea', body_text: 'At five.' }))
  const { body: banners } = await ok(kim.get('/notification/banner/'))
  await ok(kim.post('/notification/banner/dispose/', { banner_ids: [banners.results[0].id] }))
  const rude = await world.join(`rude_${kim.id}`)
  const { body: status } = await ok(rude.post('/status/', { text: 'Buy my tea' }))
  const hide = { contribution_type: 'status', moderation_type: 0, action: 'hide' }
  await ok(kim.patch(`/moderation/contribution/${status.id}/`, hide))
  await ok(kim.patch(`/moderation/user/${rude.id}/`, { status: 'b', days_blocked: 3 }))
  await ok(kim.post('/score/', { user_id: kim.id, score: 5, comment: word }))
  await settleScores(world.kith)
  const client_credentials = { grants: ['client_credentials'], redirect_uris: [], member_id: kim.id }
  await makeApp(world, client_credentials)
  const app = await makeApp(world, { redirect_uris: [`${world.url}/docs`] })
  const browser = openBrowser(world)
  await browser.signIn(kim.username, password)
  const asked = { response_type: 'code', client_id: app.client_id, redirect_uri: `${world.url}/docs` }
  const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }
  const consent = await browser.get(`/oauth/authorize/?${new URLSearchParams({ ...asked, ...challenge })}`)
  expect((await browser.send('/oauth/authorize/', consent, { decision: 'allow' })).status).toBe(303)
  await ok(kim.post('/udp/'))
  await makeArchives(world.kith)
}

/** Who is not yet erased. */
const pending = () => world.db.query('select member_id from erasure where done is null')

/** What the chores do, round by round: the log waits until all have ended who may still write of the member. */
async function eraseAll(): Promise<void> {
  await continueErasures(world.kith)
  while ((await pending()).length) {
    await sleep(20)
    await continueErasures(world.kith)
  }
}

describe('a member who is deleted for good', () => {
  test('leaves no word, from the moment of the answer on: at no address, and soon in no table', long, async () => {
    const { kim, own, about } = await joinKim('a')
    const { id: endpoint } = await addEndpoint(world, { events: ['user.updated', 'post.created', 'vote.created'] })
    const events = await world.db.query<{ id: number }>(
      `select id from event where type in ('user.updated', 'post.created') and body::text like '%${word}%'`,
    )
    await addAttempts(
      world,
      endpoint,
      events.map(({ id }) => ({ event: id })),
    )
    await world.db.query(`update webhook_attempt set response = 'I got ${word}'`)
    const ids = [...new Set([kim.id, world.bob.id, endpoint, ...Object.values(own), about.post ?? 0])]
    expect((await whereRead(ids, world.admin)).length).toBeGreaterThan(20)
    expect(await whereKept()).toEqual(
      expect.arrayContaining(['contribution', 'event', 'users', expect.stringContaining('webhook_attempt_')]),
    )
    await world.told()

    expect((await world.admin.delete(`/user/${kim.id}/?hard=1`)).status).toBe(204)
    expect(await whereRead(ids, world.admin, world.alice, world.visitor)).toEqual([])
    expect(await pending()).toEqual([{ member_id: kim.id }])
    const told = await world.told()
    expect(told.filter((event) => holds(JSON.stringify(event)))).toEqual([])

    await eraseAll()
    expect(await pending()).toEqual([])
    expect(await whereKept()).toEqual([])
    expect(await whereRead(ids, world.admin)).toEqual([])
    expect(await drift()).toEqual([])
    // The events of before keep their shape, ids and numbers.
    for (const event of (await world.db.query<{ body: Told }>('select body from event')).map(({ body }) => body)) {
      const { type, data } = event as { type: string; data: Record<string, unknown> }
      if (type === 'user.created' && data.id === kim.id)
        expect(data).toMatchObject({
          username: `user-${kim.id}`,
          real_name: '',
          email: null,
          ext_id: null,
          status: 'u',
        })
    }
    await world.db.query('delete from webhook_attempt')
  })

  test('is told by what ends, what is taken back, what is deleted, and then by the new status', async () => {
    const { kim, own, about } = await joinKim('b')
    const votes = (await world.alice.get(`/post/${about.post}/`)).body
    expect(votes).toMatchObject({ vote_count: 1, follower_count: 1, flag_count: 1 })
    await world.told()
    await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
    const told = await world.told()
    const named = { id: kim.id, username: `user-${kim.id}`, real_name: '', email: null, status: 'u' }
    expect(told.map(({ type }) => type).sort()).toEqual(
      [
        ...['connection.deleted', 'connection_request.cancelled', 'category.unfollow', 'user.deleted'],
        ...kinds.flatMap((kind) => [`${kind}.deleted`, `${kind}.unfollow`, `${kind}.unsuspend`]),
        ...kinds.flatMap(() => ['vote.deleted', 'vote.deleted']),
        ...['comment.deleted', 'comment.deleted', 'vote.deleted', 'post.deleted', 'post.deleted'],
        ...['poll_vote.deleted', 'poll_vote.deleted'],
      ].sort(),
    )
    expect(told.at(-1)).toMatchObject({ type: 'user.deleted', data: { ...named, posts_counter: 0 } })
    expect(told.find(({ type }) => type === 'discussion.deleted')?.data).toMatchObject({
      ...{ id: own.discussion, deleted: true, title: '', html: '', summary: '', categories: [], location: null },
      author: { id: kim.id, username: `user-${kim.id}` },
    })
    expect(told.find(({ type, data }) => type === 'vote.deleted' && 'post' in data)?.data).toMatchObject({
      user: named,
    })

    expect((await world.alice.get(`/post/${about.post}/`)).body).toMatchObject({
      ...{ vote_count: 0, follower_count: 0, flag_count: 0, html: '<p>A drum</p>', comment_count: 1 },
    })
    expect((await walk(world.alice, `/post/${about.post}/vote/`)).count).toBe(0)
    expect((await walk(world.alice, `/post/${about.polled}/poll/vote/`)).count).toBe(1)
    expect((await walk(world.admin, `/post/${about.post}/flag/`)).count).toBe(0)
    for (const who of [world.admin, world.alice, world.visitor])
      for (const kind of kinds) expect((await who.get(`/${kind}/${own[kind]}/`)).status).toBe(404)
    expect((await world.admin.get(`/post/${own.post}/flag/`)).status).toBe(404)
    expect((await world.alice.post(`/post/${own.post}/vote/`)).status).toBe(404)
    await eraseAll()
    expect(await drift()).toEqual([])
    expect(await world.told()).toEqual([])
  })

  test('after they were deleted softly, leaves as little', async () => {
    const { kim, own } = await joinKim('c')
    await ok(kim.delete(`/user/${kim.id}/`))
    // Softly, what they wrote stays.
    expect((await world.alice.get(`/discussion/${own.discussion}/`)).body).toMatchObject({ title: `On ${word}` })
    const [last] = (await world.told()).slice(-1)
    expect(last).toMatchObject({ type: 'user.deleted', data: { id: kim.id, status: 'd', username: kim.username } })
    await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
    const told = await world.told()
    expect(told.at(-1)).toMatchObject({ type: 'user.deleted', data: { id: kim.id, status: 'u' } })
    expect(told.map(({ type }) => type)).toContain('discussion.deleted')
    await eraseAll()
    expect(await whereKept()).toEqual([])
    expect(await drift()).toEqual([])
  })

  test('takes nothing of others with them', async () => {
    const { kim, about } = await joinKim('d')
    const event = (
      await world.db.query<{ body: Told }>(`select body from event where type = 'post.created'
      and body -> 'data' ->> 'id' = '${about.post}'`)
    )[0]
    await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
    await eraseAll()
    const after = await world.db.query<{ body: Told }>('select body from event where id = $1', [event?.body.event_id])
    expect(after).toEqual([event])
    const profile = (await world.alice.get(`/user/${world.alice.id}/`)).body
    expect(profile).toMatchObject({ username: 'alice', connections_counter: 0 })
    for (const kind of kinds)
      expect((await world.bob.get(`/${kind}/${about[kind]}/`)).body).toMatchObject({ author: { username: 'alice' } })
  })
})

test(
  'every table that names a member is in their archive, and names nobody who is erased, or says why',
  long,
  async () => {
    const { kim } = await joinKim('t', { password, role: 'admin' })
    const { admin, db, kith } = world
    await doTheRest(kim)
    const before = await whereNamed(kim.id)
    expect(before.filter(({ column, n }) => !n && !momentary.includes(column))).toEqual([])

    const asked: string[] = []
    const watched = new Proxy(db, {
      get: (of, name, self) => {
        const value = Reflect.get(of, name, self)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          asked.push(JSON.stringify(args[0]))
          return value.apply(of, args)
        }
      },
    })
    let lines = ''
    for (const { whatMemberHas = {}, filesMemberHas } of slices) {
      for (const rows of Object.values(whatMemberHas)) for await (const text of rows(watched, kim.id)) lines += text
      for await (const { name } of filesMemberHas?.({ ...kith, db: watched }, kim.id) ?? []) lines += `"${name}"\n`
    }
    for (const line of lines.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
    const read = (table: string) => asked.some((sql) => new RegExp(`(from|join) ${table}\\b`).test(sql))
    const missing = before.filter(({ column }) => !read(column.split('.')[0] ?? '') && !notInArchive[column])
    expect(missing).toEqual([])

    await ok(admin.delete(`/user/${kim.id}/?hard=1`))
    await eraseAll()
    // A chore does away with the pieces first.
    await endUploads(kith)
    const after = (await whereNamed(kim.id)).filter(({ n }) => n).map(({ column }) => column)
    expect(after.filter((column) => !staysNamed[column])).toEqual([])
    // Nothing is said of what is not there.
    const columns = before.map(({ column }) => column)
    for (const named of [notInArchive, staysNamed]) expect(columns).toEqual(expect.arrayContaining(Object.keys(named)))
  },
)

describe('of a member who leaves very much', () => {
  /** Writes what would take a day to write by hand. */
  async function fill(kim: Person, contributions: number): Promise<number> {
    const { body: category } = await ok(world.admin.post('/category/', { name: `Scores ${kim.id}` }))
    await world.db.query(
      `insert into contribution (kind, author_id, title, slug, html, summary, words, categories, added_at, last_activity_at, deleted)
       select 1 + n % 3, $1::bigint, 'On ${word}', '${word}-' || $1::bigint || '-' || n, '<p>${word}</p>', '${word}', '${word}', array[$2::bigint], now(), now(), n % 7 = 0
       from generate_series(1, $3) n`,
      [kim.id, category.id, contributions],
    )
    await world.db.query(
      `insert into contribution (kind, author_id, slug, html, summary, words, added_at, last_activity_at, vote_count)
       select 2, $1, 'drum-' || $2::bigint || '-' || n, 'drum', 'drum', 'drum', now(), now(), 1 from generate_series(1, $3) n`,
      [world.alice.id, kim.id, contributions],
    )
    await world.db.query(
      `insert into mark (target_id, member_id, kind, reaction, voted_at, vote_place)
       select id, $1::bigint, 2, 1, now(), nextval('contribution_place') from contribution where slug like 'drum-' || $1::bigint || '-%'`,
      [kim.id],
    )
    for (const { drift: kept } of slices)
      for (const { repair, of } of (await kept?.find(world.db, 100_000)) ?? [])
        await world.db.transaction(async (tx) => kept?.repairs[repair as string]?.(tx, of))
    expect(await drift()).toEqual([])
    await world.told()
    return category.id
  }

  test(
    'nothing is seen or counted while it is still being erased, and a kill at any point takes nothing from that',
    long,
    async () => {
      const kim = await world.join(`${word}_e`)
      const category = await fill(kim, 1_200)
      const counts = async () => [
        ...(await Promise.all(kinds.map(async (kind) => (await world.bob.get(`/${kind}/`)).body.count))),
        (await world.bob.get(`/category/${category}/feed/`)).body.count,
      ]
      await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
      const left = 'select count(*)::int as n from contribution where author_id = $1 and not erased'
      const [{ n: waiting }] = (await world.db.query(left, [kim.id])) as [{ n: number }]
      expect(waiting).toBeGreaterThan(500)
      const before = await counts()
      expect(before.at(-1)).toBe(0)
      for (const kind of kinds) {
        const { count, results } = await walk(world.bob, `/${kind}/?limit=100`)
        expect(results.length).toBe(count)
        expect((await world.bob.get(`/${kind}/search/?search=${word}`)).body.results).toEqual([])
      }
      expect((await world.bob.get(`/category/${category}/feed/`)).body.results).toEqual([])
      const [voted] = await world.db.query<{ id: number }>(
        `select target_id as id from mark where member_id = ${kim.id} limit 1`,
      )
      expect((await world.bob.get(`/post/${voted?.id}/vote/`)).body).toMatchObject({ count: 0, results: [] })

      // Each of these is killed where it says; then it is done.
      const dataDir = await mkdtemp(join(tmpdir(), 'kith-erase-'))
      const crashes = ['before commit:2', 'some erased:2', 'some events erased:1', '']
      const ends: (number | string | null)[] = []
      for (const KITH_CRASH_AT of crashes) {
        const env = { ...process.env, DATABASE_URL: world.database.url, KITH_DATA_DIR: dataDir, KITH_CRASH_AT }
        const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/erase.ts')], {
          env,
          stdio: 'inherit',
        })
        const [code, signal] = await once(child, 'exit')
        ends.push(signal ?? code)
        expect(await drift(), KITH_CRASH_AT).toEqual([])
      }
      await rm(dataDir, { recursive: true, force: true })
      // The log waits for others in this PostgreSQL: it may not be its turn yet.
      expect(ends).toEqual(['SIGKILL', 'SIGKILL', expect.anything(), 0])
      await eraseAll()
      expect(await whereKept()).toEqual([])
      expect(await counts()).toEqual(before)
      // Each was told once.
      const told = await world.told()
      const deleted = told.filter(({ type }) => type.endsWith('.deleted') && !/^(vote|user)/.test(type))
      expect(new Set(deleted.map(({ data }) => (data as unknown as { id: number }).id)).size).toBe(deleted.length)
      expect(deleted.length).toBe(1_200 - Math.floor(1_200 / 7))
      expect(told.filter(({ type }) => type === 'vote.deleted').length).toBe(1_200)
    },
  )

  test('two nodes erase side by side what there is, once', async () => {
    const kim = await world.join(`${word}_f`)
    await fill(kim, 700)
    await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
    await Promise.all([continueErasures(world.kith), continueErasures(world.kith)])
    await eraseAll()
    expect(await pending()).toEqual([])
    expect(await drift()).toEqual([])
    const told = (await world.told()).map(({ type, data }) => `${type} ${JSON.stringify(data)}`)
    expect(new Set(told).size).toBe(told.length)
    expect(await whereKept()).toEqual([])
  })
})

test(
  'what a receiver was not sent yet, it is sent without what was erased, though it was read before',
  long,
  async () => {
    const held: ServerResponse[] = []
    let holding = true
    const inbox = await openInbox((_request, response) => {
      if (holding) held.push(response)
      else response.writeHead(204).end()
    })
    // What is held may be sent again before it is answered: then it is a second attempt that fails, and a third that tells.
    const engine = await deliver(world, { schedule: [1, 1, 1, 1] })
    try {
      await addEndpoint(world, {
        target: inbox.url,
        events: ['user.created', 'post.created', 'vote.created', 'user.deleted'],
      })
      const { kim } = await joinKim('g')
      await expect.poll(() => held.length).toBeGreaterThan(1)
      await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
      await expect.poll(() => engine.log.join(), { timeout: 10_000 }).toContain('is read again without them')
      const before = inbox.received.length
      holding = false
      for (const response of held) response.writeHead(500).end('No')
      const later = () => inbox.received.slice(before)
      await expect.poll(() => new Set(later().map(({ event }) => event.type)).size, { timeout: 60_000 }).toBe(4)
      expect(later().filter(({ body }) => holds(body))).toEqual([])
      await eraseAll()
      expect(await whereKept()).toEqual([])
    } finally {
      await engine.stop()
      await inbox.close()
    }
  },
)
