import type { FastifyRequest } from 'fastify'
import type { Kith } from '../context.ts'
import type { Refusal } from '../platform/errors.ts'
import type { Page } from '../platform/http/server.ts'
import { html } from './html.ts'
import { layout, lookOf } from './layout.ts'

/** A refusal as a page for people. */
export function refusalPage(kith: Kith, refusal: Refusal, request: FastifyRequest): Page {
  const look = lookOf(kith.community.current(), request.headers['accept-language'])
  const { words } = look
  const [title, more] =
    refusal.status === 404
      ? [words.notFound, words.notFoundMore]
      : refusal.status === 503
        ? [words.unavailable, words.unavailableMore]
        : refusal.status >= 500
          ? [words.failed, words.failedMore(request.id)]
          : [words.badRequest, refusal.message]
  const main = html`<section><h1>${title}</h1><p>${more}</p><p><a href="/">${words.home}</a></p></section>`
  return layout(look, { title, main })
}
