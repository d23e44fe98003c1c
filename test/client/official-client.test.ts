import { createRequire } from 'node:module'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type Person, secret, type World } from '../support/world.ts'

// The vendor's published client, as it is. Its ESM build cannot be imported by Node; its CommonJS build can.
const client = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')
const { http, generateJWTToken, AccountService, FeatureService, PreferenceService, UserService } = client

let world: World
let alice: Person
let bob: Person
let carla: Person

/** The client keeps one session for the whole process. */
const as = (person: Person) => http.setAuthorizeToken(person.token)
const asVisitor = () => http.setAuthorizeToken('')
const names = (page: { results: object[] }) => page.results.map((user) => (user as { username: string }).username)

beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})

describe('the official client', () => {
  test('creates an account and reads it back', async () => {
    as(world.admin)
    const made = await AccountService.create({
      username: 'dan',
      email: 'dan@example.com',
      password: 'Correct-horse-1',
    } as never)
    expect(made).toMatchObject({ username: 'dan', email: 'dan@example.com' })
    expect(await UserService.getSpecificUser((made as unknown as { id: number }).id)).toMatchObject({ username: 'dan' })
    expect(await world.toldShort()).toEqual(['user.created dan'])
  })

  test('signs in with a token of its own making', async () => {
    http.setAuthorizeToken(await generateJWTToken(String(alice.id), secret, '2h'))
    expect(await UserService.getCurrentUser()).toMatchObject({ id: alice.id, connections_counter: 0 })
    expect(await UserService.getCurrentUserPermission()).toMatchObject({ request_connection: true })
    expect(await UserService.userSettings(alice.id)).toMatchObject({ show_toast_notifications: 1 })
    expect(await UserService.getHiddenUsersId()).toEqual([])
  })

  test('starts as a visitor with every option and feature on the first page', async () => {
    asVisitor()
    const options = await PreferenceService.getAllPreferences()
    expect(options.next).toBeNull()
    expect(options.results.length).toBeGreaterThanOrEqual(210)
    const features = await FeatureService.getAllFeatures()
    expect(features.next).toBeNull()
    expect(features.results).toHaveLength(46)
    const [follow] = (await PreferenceService.searchPreferences('follow_enabled')).results
    expect(follow).toMatchObject({ section: 'configurations', name: 'follow_enabled', value: false })
  })

  test('leads a friendship from the request to its end', async () => {
    as(alice)
    expect(await UserService.userRequestConnection(bob.id)).toEqual({ connection_status: 'sent_connection_request' })
    const sent = await UserService.getUserRequestConnectionsSent()
    expect(sent.results).toMatchObject([{ to_user: { id: bob.id, connection_status: 'sent_connection_request' } }])

    as(bob)
    const received = await UserService.getUserConnectionRequests()
    expect(received).toMatchObject({ count: 1, next: null, previous: null })
    expect(received.results).toMatchObject([
      {
        from_user: { id: alice.id, username: alice.username, connection_status: 'received_connection_request' },
        to_user: { id: bob.id },
        rejected: null,
        viewed: null,
      },
    ])
    expect(await UserService.userMarkSeenConnectionRequest(alice.id)).toBe('')
    expect(await UserService.getCurrentUser()).toMatchObject({ connection_requests_received_counter: 1 })
    expect(await UserService.userAcceptRequestConnection(alice.id)).toEqual({ connection_status: 'connected' })
    expect(names(await UserService.getUserConnections(alice.id))).toEqual([bob.username])
    expect(await UserService.checkUserConnections(alice.id)).toEqual({ is_connection: true })
    expect(await UserService.getUserConnectionStatuses([alice.id, carla.id])).toEqual({
      connection_statuses: { [alice.id]: 'connected', [carla.id]: null },
    })

    as(alice)
    expect(await UserService.userRemoveConnection(bob.id)).toEqual({ connection_status: null })
    expect(await UserService.getCurrentUser()).toMatchObject({ connections_counter: 0 })
    const pair = `${alice.username}>${bob.username}`
    expect(await world.toldShort()).toEqual([
      `connection_request.created ${pair}`,
      `connection.created ${pair}`,
      `connection.deleted ${pair}`,
    ])
  })

  test('rejects a request, restores it, and has it cancelled', async () => {
    as(alice)
    await UserService.userRequestConnection(bob.id)
    as(bob)
    expect(await UserService.userRejectConnectionRequest(alice.id)).toEqual({ connection_status: null })
    expect(await UserService.getUserConnectionRequests()).toMatchObject({ count: 0, results: [] })
    as(alice)
    expect(await UserService.getSpecificUser(bob.id)).toMatchObject({ connection_status: 'sent_connection_request' })
    as(bob)
    expect(await UserService.userCancelRejectConnectionRequest(alice.id)).toEqual({
      connection_status: 'received_connection_request',
    })
    as(alice)
    expect(await UserService.userCancelRequestConnection(bob.id)).toEqual({ connection_status: null })
    const pair = `${alice.username}>${bob.username}`
    expect(await world.toldShort()).toEqual([
      `connection_request.created ${pair}`,
      `connection_request.rejected ${pair}`,
      `connection_request.restored ${pair}`,
      `connection_request.cancelled ${pair}`,
    ])
  })

  test('hides a member and shows them again', async () => {
    as(alice)
    expect(await UserService.showHideUser(bob.id)).toBe('')
    expect(await UserService.checkUserHidden(bob.id)).toEqual({ is_hidden: true })
    expect(await UserService.getHiddenUsersId()).toEqual([bob.id])
    expect(names(await UserService.getHiddenUsers())).toEqual([bob.username])
    as(bob)
    expect(await UserService.checkUserHiddenBy(alice.id)).toEqual({ is_hidden_by: true })
    await expect(UserService.userRequestConnection(alice.id)).rejects.toMatchObject({ response: { status: 403 } })
    as(alice)
    expect(await UserService.showHideUser(bob.id)).toBe('')
    expect(await UserService.checkUserHidden(bob.id)).toEqual({ is_hidden: false })
  })

  test('searches, completes and changes profiles', async () => {
    as(alice)
    expect(names(await UserService.userSearch({ user: bob.username } as never))).toEqual([bob.username])
    expect(names(await UserService.userAutocomplete({ search: carla.username } as never))).toEqual([carla.username])
    expect((await UserService.getAllUsers({ limit: 1 })).results).toHaveLength(1)
    const changed = await UserService.userPatch(alice.id, { real_name: 'Alice Liddell', bio: 'Down the hole' } as never)
    expect(changed).toMatchObject({ real_name: 'Alice Liddell', bio: 'Down the hole' })
    expect(await UserService.getUserCounters(alice.id)).toMatchObject({ connections: 0, connections_counter: 0 })
    expect(await UserService.userDelete(alice.id)).toBe('')
    expect(await world.toldShort()).toEqual([`user.updated ${alice.username}`, `user.deleted ${alice.username}`])
  })

  test('follows and unfollows where the community prefers that', async () => {
    await world.set({ follow_enabled: true })
    as(alice)
    expect(await UserService.followUser(bob.id)).toBe('')
    expect(await UserService.checkUserFollowed(bob.id)).toEqual({ is_followed: true })
    expect(names(await UserService.getUserFollowings(alice.id))).toEqual([bob.username])
    expect(await UserService.getSpecificUser(bob.id)).toMatchObject({
      connection_status: 'followed',
      followers_counter: 1,
    })
    as(bob)
    expect(await UserService.checkUserFollower(alice.id)).toEqual({ is_follower: true })
    expect(names(await UserService.getUserFollowers(bob.id))).toEqual([alice.username])
    await expect(UserService.userRequestConnection(alice.id)).rejects.toMatchObject({ response: { status: 400 } })
    as(alice)
    expect(await UserService.followUser(bob.id)).toBe('')
    const pair = `${alice.username}>${bob.username}`
    expect(await world.toldShort()).toEqual([`connection.follow ${pair}`, `connection.unfollow ${pair}`])
    await world.set({ follow_enabled: false })
  })
})
