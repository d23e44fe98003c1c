import { randomBytes } from 'node:crypto'
import type { Community } from '../community/state.ts'
import { type Language, languageFor } from '../platform/http/language.ts'
import { type Html, html } from './html.ts'
import { languages, type Words } from './words.ts'

/** What a page is made with: the community it is of, and whoever looks at it. */
export type Look = { community: Community; language: Language; words: Words; nonce: string }

export function lookOf(community: Community, acceptLanguage: string | undefined): Look {
  const language = languageFor(acceptLanguage)
  return { community, language, words: languages[language], nonce: randomBytes(16).toString('base64') }
}

const hex = /^#[0-9a-f]{3,8}$/i

/** What is written on a colour: black or white, whichever is easier to read on it (WCAG 2.2, 1.4.3). */
export function inkOn(colour: string): string {
  const digits = colour.slice(1)
  const long = digits.length < 6 ? [...digits].map((each) => each + each).join('') : digits
  const light = [0, 2, 4].map((at) => {
    const part = Number.parseInt(long.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? '#000' : '#fff'
}

function styleOf({ options }: Community): string {
  const colour = (name: 'colorback' | 'colorprimary' | 'font_color' | 'boxcolorback', otherwise: string) =>
    hex.test(options[`colors.${name}`]) ? options[`colors.${name}`] : otherwise
  const primary = colour('colorprimary', '#1f5f5b')
  const [back, box, text] = [
    colour('colorback', '#f5f5f4'),
    colour('boxcolorback', '#ffffff'),
    colour('font_color', '#292524'),
  ]
  return `*{box-sizing:border-box}body{margin:0;background:${back};color:${text};font:1rem/1.5 system-ui,sans-serif}
header{background:${primary};color:${inkOn(primary)};padding:.75rem 1rem}header a{color:inherit}
header div,main{max-width:44rem;margin:auto}header div{display:flex;gap:1rem;justify-content:space-between;flex-wrap:wrap}
header b a{text-decoration:none}main{padding:1rem}section,form.box{background:${box};padding:1rem 1.25rem;margin:1rem 0;border-radius:.5rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:0}a{color:inherit}ul,ol{padding-left:1.25rem}li{margin:.35rem 0}
input[type=checkbox]{width:auto}label{display:block;margin:.75rem 0 .25rem}input{font:inherit;width:100%;padding:.5rem;border:1px solid #767676;border-radius:.25rem;background:#fff;color:#000}
button{font:inherit;margin:1rem .5rem 0 0;padding:.5rem 1.25rem;border:2px solid ${primary};border-radius:.25rem;background:${primary};color:${inkOn(primary)};cursor:pointer}
button.quiet{background:none;color:inherit}header button{margin:0;padding:0;border:0;background:none;color:inherit;text-decoration:underline}
[role=alert]{border-left:.25rem solid #b3261e;padding-left:.75rem}pre{overflow-x:auto;background:#1c1917;color:#fafaf9;padding:.75rem;border-radius:.25rem}
small{opacity:.8}:focus-visible{outline:3px solid ${text};outline-offset:2px}`
}

export type Body = {
  title: string
  main: Html
  /** Beside the name of the community. */
  header?: Html
  /** Addresses outside of Kith that a form of this page may lead to. */
  formTargets?: string[]
}

/**
 * A whole page, and the headers it goes out with: it asks nobody for anything, runs no script, is in no frame, and sends
 * its forms to Kith alone, or on to where they are known to lead.
 */
export function layout(look: Look, { title, main, header, formTargets = [] }: Body) {
  const { community, language, nonce } = look
  const name = community.options['text.application_name']
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title === name ? name : `${title} · ${name}`}</title>
<style nonce="${nonce}">${{ html: styleOf(community) }}</style>
</head>
<body>
<header><div><b><a href="/">${name}</a></b>${header}</div></header>
<main>
${main}
</main>
</body>
</html>
`
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `form-action 'self' ${formTargets.join(' ')}`.trim(),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    html: page.html,
    headers: {
      'Content-Security-Policy': policy.join('; '),
      'Content-Language': language,
      'Cross-Origin-Resource-Policy': 'same-origin',
      // Forms then say where they come from; nobody else learns it.
      'Referrer-Policy': 'same-origin',
      Vary: 'Accept, Accept-Language, Cookie, Origin',
    },
  }
}
