import { about } from '../notifications/declare.ts'
import { actorAs } from '../notifications/things.ts'

/** The fields of notifications about marks. */
export const shows = [about, actorAs('user')]
