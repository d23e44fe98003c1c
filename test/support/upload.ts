import sharp from 'sharp'
import type { Answer, Person, World } from './world.ts'

/** A picture of one colour. */
export const picture = (
  width = 60,
  height = 40,
  format: 'png' | 'jpeg' | 'webp' | 'gif' = 'png',
  background = '#a03',
) =>
  sharp({ create: { width, height, channels: 3, background } })
    .toFormat(format)
    .toBuffer()

type Field = string | { data: Buffer | string; name?: string; type?: string }

/** Sends fields and files as a browser does. */
export function send(
  world: World,
  who: Person,
  method: string,
  path: string,
  fields: Record<string, Field>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new FormData()
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'string') body.append(name, field)
    else
      body.append(
        name,
        new Blob([new Uint8Array(Buffer.from(field.data))], { type: field.type ?? 'image/png' }),
        field.name ?? 'blob',
      )
  }
  return world.send(path, {
    method,
    body,
    headers: { ...headers, ...(who.token && { authorization: `Bearer ${who.token}` }) },
  })
}

/** What is at an address: its status, headers, and bytes. */
export async function download(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers, redirect: 'manual' })
  return { status: response.status, headers: response.headers, data: Buffer.from(await response.arrayBuffer()) }
}
