import type { Ctx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { latLng } from './inputs.ts'

/** The usual and the largest distance of a search, in km. */
const [usual, farthest] = [50, 1_000]

/** The filters of the search by distance. */
export const nearInputs = {
  lat_lng: Type.Optional(
    Type.String({ ...latLng, description: 'Members around these coordinates, latitude and longitude: `45.46,9.18`.' }),
  ),
  user_position: Type.Optional(
    Type.Boolean({
      description: 'Members around the caller: around their `position_lat_lng`, else their `location_lat_lng`.',
    }),
  ),
  radius: Type.Optional(
    Type.Integer({ minimum: 1, maximum: farthest, description: `How far around, in km; ${usual} by default. Ours.` }),
  ),
}

export type Asked = { lat_lng?: string; user_position?: boolean; radius?: number }

/**
 * A place for a search: longitude, latitude, metres around it, and two boxes that contain everything within that
 * distance, each as west, south, east, north. There are two because the date line may cut the area.
 */
export type Near = number[]

/** One degree of latitude, in km. */
const degree = 111.195

/** The boxes around a place; see `Near`. */
export function boxesAround(lat: number, lng: number, km: number): Near {
  // A little more than needed: the distance itself decides.
  const high = (km / degree) * 1.001
  const [south, north] = [Math.max(lat - high, -90), Math.min(lat + high, 90)]
  // The widest part is nearer to the pole than the place is; around a pole it spans all longitudes.
  const ratio = Math.sin((km * 1.001) / 6_371) / Math.cos((lat * Math.PI) / 180)
  const wide = south === -90 || north === 90 || ratio >= 1 ? 360 : (Math.asin(ratio) * 180) / Math.PI
  const [west, east] = [lng - wide, lng + wide]
  const box = (from: number, to: number) => [Math.max(from, -180), south, Math.min(to, 180), north]
  const other = west < -180 ? box(west + 360, 180) : east > 180 ? box(-180, east - 360) : box(west, east)
  return [lng, lat, km * 1_000, ...box(west, east), ...other]
}

const finding = statement({
  name: 'users: where a member is',
  takes: { member: 'bigint' },
  gives: { lat: 'float8?', lng: 'float8?' },
  sql: ($) => `select place[1] as lat, place[0] as lng
    from (select place_of(position_lat_lng, location_lat_lng) as place from users where id = ${$.member}) u`,
})

async function placeOf({ db, actor }: Ctx): Promise<{ lat: number; lng: number }> {
  if (!actor) throw badField('user_position', 'invalid', 'Sign in to search around yourself, or send lat_lng.')
  const row = await finding.row(db, { member: actor.id })
  if (row?.lat == null || row.lng === null)
    throw badField('user_position', 'invalid', 'It is not known where you are. Set position_lat_lng, or send lat_lng.')
  return { lat: row.lat, lng: row.lng }
}

/** The place and distance of a search; undefined without one. */
export async function readNear(ctx: Ctx, { lat_lng, user_position, radius = usual }: Asked): Promise<Near | undefined> {
  if (lat_lng) {
    const [lat, lng] = lat_lng.split(',').map(Number) as [number, number]
    return boxesAround(lat, lng, radius)
  }
  if (!user_position) return undefined
  const { lat, lng } = await placeOf(ctx)
  return boxesAround(lat, lng, radius)
}

/** SQL of the table whose rows, named m, say where members are. */
export const placeTable = 'member_place m'

/** SQL of how far m is from the place n, in metres. */
export const metresSql = (n: string) => `metres_between(m.place, point((${n})[1], (${n})[2]))`

/** SQL of whether m is within the distance of the place n. The index finds what is in the boxes. */
export const nearSql = (n: string) => {
  const inBox = (at: number) =>
    `m.place <@ box(point((${n})[${at}], (${n})[${at + 1}]), point((${n})[${at + 2}], (${n})[${at + 3}]))`
  return `(${inBox(4)} or ${inBox(8)}) and ${metresSql(n)} <= (${n})[3]`
}
