import { listPopular } from '../categories/lists.ts'
import type { Ctx } from '../context.ts'
import { kinds } from '../contributions/kinds.ts'
import { listContributions } from '../contributions/lists.ts'
import { readRows } from '../platform/http/page.ts'
import { unescapeMarkup } from '../texts/escape.ts'
import { listMembers, lists } from '../users/search.ts'
import { type Html, html } from './html.ts'
import type { Look } from './layout.ts'
import { findLiveliest, type Lively } from './liveliest.ts'
import { header } from './member.ts'
import type { Visit } from './visit.ts'
import type { Words } from './words.ts'

const first = (limit: number) => ({ limit, offset: 0 })

type Contribution = {
  id: number
  type: string
  slug: string
  title?: string
  summary: string
  added_at: string
  author: { id: number; username: string }
}
type Member = { id: number; username: string; real_name: string }
type Category = { id: number; name: string; slug: string }

/** The newest contributions of every kind that the viewer sees. */
async function newest(ctx: Ctx, limit: number): Promise<Contribution[]> {
  const found: Contribution[] = []
  for (const kind of Object.values(kinds))
    if (ctx.community.options[kind.option])
      found.push(...readRows<Contribution>(await listContributions(ctx, kind, {}, first(limit))))
  return found.sort((a, b) => (a.added_at < b.added_at ? 1 : -1)).slice(0, limit)
}

const shortened = (text: string, most = 160) =>
  text.length > most ? `${[...text].slice(0, most - 1).join('')}…` : text

/** Text that links to its page in the community's site, if it has one. */
function linked({ community }: Ctx, kind: string, values: object, text: string): Html {
  const site = community.options['configurations.app_url']
  const template = (community.options as Record<string, unknown>)[`configurations.url_template_${kind}`]
  const words = html`<bdi>${text}</bdi>`
  if (!site || typeof template !== 'string') return words
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((values as Record<string, unknown>)[name] ?? '')),
  )
  return html`<a href="${site}${path}">${words}</a>`
}

const command = (text: string) => html`<pre><code>${text}</code></pre>`

function firstSteps(words: Words): Html {
  return html`<section><h2>${words.firstSteps}</h2><ol>
<li>${words.firstMember}${command('npm run -s kith create-user alice\nnpm run -s kith reset-password alice')}</li>
<li>${words.firstApp}${command('npm run -s kith -- create-app Site --public --redirect-uri http://localhost:3000/callback')}</li>
<li>${words.firstLook}${command('npm run -s kith -- seed --members 200 --contributions 1000 --add')}</li>
</ol></section>`
}

async function content(ctx: Ctx, { words, language }: Look): Promise<Html> {
  // One after the other: a request for this page holds one database connection at a time.
  const members = await listMembers(ctx, lists.suggested, { ordering: '-date_joined' }, first(6))
  const liveliest = await findLiveliest(ctx, 4)
  const published = await newest(ctx, 6)
  const categories = readRows<Category>(await listPopular(ctx, first(12)))
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' })
  const contribution = (each: Contribution, done: string[] = []) => html`<li>
${linked(ctx, each.type, each, shortened(each.title || unescapeMarkup(each.summary)))}
<small>${words.by(each.author.username)}, <time datetime="${each.added_at}">${day.format(new Date(each.added_at))}</time>${done.map((what) => html` · ${what}`)}</small></li>`
  const lively = (each: Lively) =>
    contribution(each, [
      ...(each.votes ? [words.votes(each.votes)] : []),
      ...(each.comments ? [words.comments(each.comments)] : []),
    ])
  const isNew = members.count === 1 && published.length === 0
  return html`${isNew && firstSteps(words)}
${liveliest.length > 0 && html`<section><h2>${words.liveliest}</h2><ul class="plain">${liveliest.map(lively)}</ul></section>`}
<section><h2>${words.newest}</h2>
${published.length ? html`<ul class="plain">${published.map((each) => contribution(each))}</ul>` : html`<p>${words.empty}</p>`}</section>
${
  categories.length > 0 &&
  html`<section><h2>${words.categories}</h2><ul class="plain row">
${categories.map((each) => html`<li>${linked(ctx, 'category', each, each.name)}</li>`)}</ul></section>`
}
<section><h2>${words.members}</h2><p>${words.membersCount(members.count ?? 0)}</p><ul class="plain row">
${readRows<Member>(members).map((each) => html`<li>${linked(ctx, 'profile', each, shortened(each.real_name || each.username, 60))}</li>`)}</ul></section>`
}

/** GET /: the community's first page, with as much as the viewer may see. */
export async function showHome(visit: Visit) {
  const { ctx, look } = visit
  const { options } = ctx.community
  const { words } = look
  const name = options['text.application_name']
  const seen = ctx.actor !== null || options['configurations.content_availability']
  const main = html`<h1 dir="auto">${options['text.application_slogan1'] || name}</h1>
${options['text.application_slogan2'] && html`<p dir="auto">${options['text.application_slogan2']}</p>`}
${seen ? await content(ctx, look) : html`<section><p>${words.closed}</p><p><a href="/signin">${words.signIn}</a></p></section>`}
<p><small><a href="/docs/reference">${words.reference}</a>${
    visit.session && html` · <a href="/account/data">${words.data}</a> · <a href="/account/delete">${words.leave}</a>`
  }</small></p>`
  return visit.show({ title: name, main, header: await header(visit) })
}
