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

  test('shows members with pictures that are there', async () => {
    as(alice)
    const avatar = `${world.url}/api/v2/avatar/${alice.id}`
    expect(await UserService.getCurrentUserAvatar()).toMatchObject({ avatar })
    expect(await UserService.getCurrentUser()).toMatchObject({ avatar })
    const suggested = (await UserService.userAutocomplete({ search: bob.username } as never)).results
    const { value: cover } = await PreferenceService.getSpecificPreference('user_default_cover')
    const { value: logo } = await PreferenceService.getSpecificPreference('navbar_logo')
    for (const picture of [avatar, suggested[0]?.avatar, cover, logo]) {
      // A browser asks for pictures without a token, and for nothing but pictures.
      const answer = await fetch(String(picture), { headers: { accept: 'image/avif,image/webp,image/*,*/*;q=0.8' } })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
    }
  })

  test('changes a profile by PUT, and settings', async () => {
    as(alice)
    const me = await UserService.getCurrentUser()
    expect(await UserService.userUpdate(alice.id, { real_name: 'Alice L.' } as never)).toMatchObject({
      ...{ id: alice.id, real_name: 'Alice L.', username: me.username },
    })
    const settings = { show_toast_notifications: 0 } as never
    expect(await UserService.userSettingsPatch(alice.id, settings)).toMatchObject({ show_toast_notifications: 0 })
    expect(await UserService.userSettings(alice.id)).toMatchObject({ show_toast_notifications: 0 })
    as(bob)
    await expect(UserService.userUpdate(alice.id, { real_name: 'x' } as never)).rejects.toMatchObject({
      response: { status: 403 },
    })
    expect((await world.told()).map(({ type }) => type)).toEqual(['user.updated', 'user.settings_updated'])
  })

  test('lists connections those in common first, and says of each what they are to the one who looks', async () => {
    const befriend = async (one: Person, other: Person) => {
      await one.post(`/user/${other.id}/connection/request/`)
      await other.post(`/user/${one.id}/connection/accept/`)
    }
    await befriend(bob, carla)
    await befriend(alice, carla)
    await befriend(bob, world.admin)
    as(alice)
    const { results } = await UserService.getUserConnections(bob.id)
    expect(results).toMatchObject([
      { id: carla.id, connection_status: 'connected' },
      { id: world.admin.id, connection_status: null },
    ])
    expect(names(await UserService.getUserConnections(bob.id, { mutual: 1 } as never))).toEqual([carla.username])
    expect(names(await UserService.getUserConnections(bob.id, { mutual: 0 } as never))).toEqual(['admin'])
    await world.told()
  })

  test('sets options of the community', async () => {
    as(world.admin)
    const changed = await PreferenceService.updatePreferences({ application_slogan1: 'Hello' } as never)
    expect(changed).toMatchObject({ application_slogan1: { section: 'text', value: 'Hello' } })
    as(alice)
    await expect(PreferenceService.updatePreferences({ application_slogan1: 'Mine' } as never)).rejects.toMatchObject({
      response: { status: 403 },
    })
    expect(await PreferenceService.getSpecificPreference('application_slogan1')).toMatchObject({ value: 'Hello' })
    expect((await world.told()).map(({ type }) => type)).toEqual(['dynamic_preference.updated'])
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
