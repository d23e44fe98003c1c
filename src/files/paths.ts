import { publicAddressCall } from '../community/public-address.ts'

/** The path that files are served under; token and name follow. */
export const filesPath = '/files/'

/** SQL of an address for clients. Addresses of our files are stored without the server, which no row knows. */
export const addressSql = (column: string) =>
  `case when ${column} like '/%' then concat(${publicAddressCall}, ${column}) else ${column} end`
