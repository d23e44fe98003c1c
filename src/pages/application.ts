import { ownPictures } from '../pictures/paths.ts'
import type { Built } from '../platform/http/built.ts'
import { type Html, html } from './html.ts'
import type { Visit } from './visit.ts'

type Application = {
  title: string
  language: string
  built: Built
  /** Where the built files are served. */
  files: string
  /** Data that the page gives it at the start. */
  told: object
  /** More of the page's head. */
  head?: Html
  /** For browsers without scripts. */
  without: Html
  /** Its content security policy. */
  policy: string
  headers?: Record<string, string>
}

/** JSON for a script element: nothing in it ends the element. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

/** Sends an application built for the browser: a page with nothing else on it. */
export function sendApplication(
  { reply }: Visit,
  { title, language, built, files, told, head, without, policy, headers }: Application,
) {
  const at = (file: string) => `${files}${built.build}/${file}`
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">${head ?? ''}
<title>${title}</title>
<link rel="icon" href="${ownPictures.logo}" type="image/svg+xml">
${built.styles.map((each) => html`<link rel="stylesheet" href="${at(each)}">`)}
${built.preloads.map((each) => html`<link rel="modulepreload" href="${at(each)}">`)}
<script id="kith" type="application/json">${{ html: inScript(told) }}</script>
<script type="module" src="${at(built.script)}"></script>
</head>
<body>
<div id="root"></div>
<noscript>${without}</noscript>
</body>
</html>
`
  return reply
    .code(200)
    .headers({
      'Content-Security-Policy': policy,
      'Content-Language': language,
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'same-origin',
      Vary: 'Accept, Accept-Language, Cookie, Origin',
      ...headers,
    })
    .type('text/html; charset=utf-8')
    .send(page.html)
}
