import { type Html, html } from '../pages/html.ts'
import type { Document, Site } from './list.ts'
import type { Rendered } from './render.ts'

/** The style of all pages: by day and by night, on a phone, on paper. */
export const style = `:root{color-scheme:light dark;--back:#fff;--side:#f5f5f4;--ink:#292524;--faint:#57534e;--line:#d6d3d1;--link:#1f5f5b;--code:#f5f5f4;--mark:#fde68a}
@media(prefers-color-scheme:dark){:root{--back:#1c1917;--side:#292524;--ink:#f5f5f4;--faint:#c4bfba;--line:#57534e;--link:#7dd3c8;--code:#292524;--mark:#854d0e}}
*{box-sizing:border-box}html{scroll-padding-top:1rem}
body{margin:0;background:var(--back);color:var(--ink);font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--back);padding:.25rem .5rem}
header{display:flex;gap:.5rem 1.5rem;align-items:center;flex-wrap:wrap;padding:.75rem 1rem;background:var(--side);border-bottom:1px solid var(--line)}
header b a{text-decoration:none}form{display:flex;gap:.5rem;flex:1 1 14rem;max-width:28rem;margin-left:auto}
input,button{font:inherit;color:inherit;background:var(--back);border:1px solid var(--faint);border-radius:.25rem;padding:.35rem .6rem;min-width:0}input{flex:1}button{cursor:pointer}
.all{padding:1rem;max-width:100rem;margin:auto}main{min-width:0;max-width:48rem}
nav h2{font-size:.875rem;margin:1.25rem 0 .25rem;color:var(--faint)}nav ul{list-style:none;margin:0;padding:0}nav li{margin:0}
nav li a{display:block;padding:.2rem .5rem;text-decoration:none;border-radius:.25rem}nav a[aria-current]{background:var(--code);font-weight:600}
.pages{border-top:1px solid var(--line);margin-top:2rem}.here .three a{padding-left:1.5rem}.beside{display:none}
h1{font-size:1.9rem;line-height:1.25;margin:.5rem 0 1rem}h2{font-size:1.35rem;margin:2.25rem 0 .75rem}h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
.anchor{text-decoration:none;visibility:hidden;color:var(--faint)}h2:hover .anchor,h3:hover .anchor{visibility:visible}
pre{background:var(--code);padding:.75rem 1rem;border-radius:.35rem;overflow-x:auto;font-size:.875rem;line-height:1.5;overflow-wrap:normal}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em}:not(pre)>code{background:var(--code);padding:.1em .3em;border-radius:.25rem}pre code{font-size:1em}
.wide{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;font-size:.9375rem}th,td{border:1px solid var(--line);padding:.4rem .6rem;text-align:left;vertical-align:top;min-width:6rem}th{background:var(--code)}
mark{background:var(--mark);color:inherit}.found{list-style:none;padding:0}.found li{margin:1.25rem 0}.found p{margin:.15rem 0;color:var(--faint)}small{color:var(--faint)}
details{border:1px solid var(--line);border-radius:.35rem;padding:.4rem .75rem;margin:1rem 0}summary{cursor:pointer}
@media(min-width:56rem){.all{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:0 2.5rem;align-items:start}.pages{grid-column:1;grid-row:1;border:0;margin:0;position:sticky;top:0;max-height:100vh;overflow-y:auto}main{grid-column:2;grid-row:1}.jump{display:none}}
@media(min-width:80rem){.all{grid-template-columns:15rem minmax(0,1fr) 15rem}.beside{display:block;grid-column:3;grid-row:1;position:sticky;top:0;max-height:100vh;overflow-y:auto;font-size:.875rem}details.here{display:none}}
@media print{header,nav,details.here{display:none}}`

/** No scripts, and nothing from elsewhere. */
export const policy =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

function listHeadings({ headings }: Rendered): Html | null {
  const shown = headings.filter(({ depth }) => depth === 2 || depth === 3)
  if (shown.length < 2) return null
  return html`<ul>${shown.map(
    (each) =>
      html`<li${{ html: each.depth === 3 ? ' class="three"' : '' }}><a href="#${each.anchor}">${{ html: each.html }}</a></li>\n`,
  )}</ul>`
}

function listPages({ chapters }: Site, current: string): Html {
  const item = (at: string, title: string) =>
    html`<li><a href="${at}"${{ html: at === current ? ' aria-current="page"' : '' }}>${title}</a></li>\n`
  return html`<nav class="pages" id="pages" aria-label="Pages">
${chapters.map(
  ({ title, documents }, i) => html`<h2>${title}</h2>
<ul>${documents.map((each) => item(each.at, each.title))}${i === 1 && item('/docs/reference', 'API reference')}</ul>
`,
)}</nav>`
}

type Body = { title: string; current: string; main: Html; beside?: Html | null; asked?: string }

/** A whole page of the site. */
export function sitePage(site: Site, { title, current, main, beside, asked = '' }: Body): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Kith</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#main">To the text</a>
<header><b><a href="/docs">Kith</a></b><a class="jump" href="#pages">All pages</a><a href="/docs/reference">API reference</a>
<form action="/docs/search" role="search"><input type="search" name="q" aria-label="Search the documents" placeholder="Search" maxlength="100" value="${asked}"><button>Search</button></form></header>
<div class="all">
<main id="main">
${main}
</main>
${beside && html`<nav class="beside here" aria-label="On this page"><h2>On this page</h2>${beside}</nav>`}
${listPages(site, current)}
</div>
</body>
</html>
`.html
}

/** A document as a page. */
export function documentPage(site: Site, { at, file }: Document, rendered: Rendered): string {
  const beside = listHeadings(rendered)
  const main = html`${beside && html`<details class="here"><summary>On this page</summary><nav aria-label="On this page">${beside}</nav></details>`}
<article>
${{ html: rendered.html }}
</article>
<p><small><a href="/docs/source/${file}">This page as Markdown</a></small></p>`
  return sitePage(site, { title: rendered.title, current: at, main, beside })
}
