import { actorAs } from '../notifications/things.ts'

/** What notifications of connections show. */
export const shows = {
  request: [actorAs('request_user')],
  accept: [actorAs('accept_user')],
  follow: [actorAs('follower')],
}
