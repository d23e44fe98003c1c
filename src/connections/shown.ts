import { actorAs } from '../notifications/things.ts'

/** The fields that notifications of connections add. */
export const shows = {
  request: [actorAs('request_user')],
  accept: [actorAs('accept_user')],
  follow: [actorAs('follower')],
}

/** SQL of the members that every event about two members names. */
export const bothSql = (to: string, from: string) => `concat('{"to_user":', ${to}, ',"from_user":', ${from}, '}')`
