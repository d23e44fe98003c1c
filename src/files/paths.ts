import { publicAddressCall } from '../community/public-address.ts'

/** Where files are served; the token and the name follow. */
export const filesPath = '/files/'

/** SQL of an address as clients use it: that of a file of ours is kept without the server, which no row knows. */
export const addressSql = (column: string) =>
  `case when ${column} like '/%' then concat(${publicAddressCall}, ${column}) else ${column} end`
