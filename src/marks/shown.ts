import { about } from '../notifications/declare.ts'
import { actorAs } from '../notifications/things.ts'

/** What notifications of marks show. */
export const shows = [about, actorAs('user')]
