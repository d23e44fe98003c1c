import { actorAs } from '../notifications/things.ts'

/** The fields that notifications of connections add. */
export const shows = {
  request: [actorAs('request_user')],
  accept: [actorAs('accept_user')],
  follow: [actorAs('follower')],
}
