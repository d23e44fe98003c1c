import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kith } from '../context.ts'
import { filesPath } from '../files/paths.ts'
import { badField, notFound } from '../platform/errors.ts'
import type { Rate } from '../platform/http/limits.ts'
import type { Server } from '../platform/http/server.ts'
import { isKnown, tagOf } from '../platform/http/tag.ts'
import { statement } from '../platform/sql/statement.ts'
import { drawAvatar, drawCategory, drawings } from './draw.ts'
import { avatarPath, categoryPath, ownPictures, reactionPath } from './paths.ts'
import { reactionDrawings } from './reactions.ts'

/** A page shows a hundred of them at a time, and browsers keep them. */
const pictures: Rate = { name: 'pictures', perMinute: 6_000 }

const sizes = { usual: 256, least: 16, most: 1_024 }

const drawn = statement({
  name: 'pictures: whom to draw',
  takes: { id: 'bigint' },
  gives: { name: 'text', avatar: 'text?' },
  // Nobody is redirected to a picture that is still to be fetched from elsewhere.
  sql: ($) => `select coalesce(nullif(real_name, ''), username) as name,
      case when avatar like '${filesPath}%' then avatar end as avatar from users
    where id = ${$.id} and status in ('a', 'b')`,
})

/** A drawing as SVG, or the address of a picture. */
type Picture = string | { at: string }

/**
 * Serves the pictures that Kith draws: of members at `/api/v2/avatar/{id}`, which redirects to the one they have
 * chosen; of categories; its logo and cover; and reactions. Pages load them without a token, so everybody may see
 * them. Unknown and former members look alike.
 */
export function servePictures({ app, rates }: Server, { db }: Kith): void {
  const count = rates.of(pictures)
  // Pictures come by the dozen, so they have a rate of their own.
  const serve = (path: string, draw: (request: FastifyRequest) => Picture | Promise<Picture>) =>
    app.get(path, { config: { always: true } }, async (request, reply) => {
      const tooMany = await count(request, reply)
      if (tooMany) throw tooMany
      const picture = await draw(request)
      if (typeof picture === 'string') return send(request, reply, picture)
      // The member may choose another at any time.
      return reply.code(302).headers({ Location: picture.at, 'Cache-Control': 'public, max-age=60' }).send()
    })

  serve(`${avatarPath}:id`, async ({ params, query }) => {
    const sent = (params as { id: string }).id
    if (!/^[1-9]\d{0,15}$/.test(sent) || !Number.isSafeInteger(Number(sent))) throw notFound('No member has this id.')
    const size = readSize((query as { size?: unknown }).size)
    const id = Number(sent)
    const member = await drawn.row(db, { id })
    return member?.avatar ? { at: member.avatar } : drawAvatar(id, member?.name ?? null, size)
  })
  serve(`${categoryPath}:file`, ({ params }) => {
    const [, id] = /^([1-9]\d{0,14})\.svg$/.exec((params as { file: string }).file) ?? []
    if (!id) throw notFound('There is no such picture.')
    return drawCategory(Number(id))
  })
  for (const name of ['logo', 'cover'] as const) serve(ownPictures[name], () => drawings[name])
  for (const [name, drawing] of Object.entries(reactionDrawings)) serve(`${reactionPath}${name}.svg`, () => drawing)
}

function readSize(sent: unknown): number {
  if (sent === undefined || sent === '') return sizes.usual
  const size = typeof sent === 'string' && /^\d{1,5}$/.test(sent) ? Number(sent) : Number.NaN
  if (!(size >= sizes.least && size <= sizes.most))
    throw badField('size', 'invalid', `Send a whole number of pixels from ${sizes.least} to ${sizes.most}.`)
  return size
}

/** Browsers keep a picture for an hour, then ask whether it is still the same. */
function send(request: FastifyRequest, reply: FastifyReply, svg: string) {
  const tag = tagOf(svg)
  reply.headers({ ETag: tag, 'Cache-Control': 'public, max-age=3600' })
  if (isKnown(request, tag)) return reply.code(304).send()
  return reply.type('image/svg+xml; charset=utf-8').send(svg)
}
