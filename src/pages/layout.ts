import { randomBytes } from 'node:crypto'
import type { Community } from '../community/state.ts'
import { type Language, languageFor } from '../platform/http/language.ts'
import { type Html, html } from './html.ts'
import { languages, type Words } from './words.ts'

/** What every page needs: its community, its language, and its nonce. */
export type Look = { community: Community; language: Language; words: Words; nonce: string }

export function lookOf(community: Community, acceptLanguage: string | undefined): Look {
  const language = languageFor(acceptLanguage)
  return { community, language, words: languages[language], nonce: randomBytes(16).toString('base64') }
}

const hex = /^#[0-9a-f]{3,8}$/i

/** The luminance of a colour, from 0 to 1, according to WCAG 2.2. */
function lightOf(colour: string): number {
  const digits = colour.slice(1)
  const long = digits.length < 6 ? [...digits].map((each) => each + each).join('') : digits
  const light = [0, 2, 4].map((at) => {
    const part = Number.parseInt(long.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
}

/** The text colour on a colour: black or white, whichever is easier to read (WCAG 2.2, 1.4.3). */
export const inkOn = (colour: string): string => (lightOf(colour) > 0.179 ? '#000' : '#fff')

/** The first of some colours that is readable on every given ground, else black or white. */
function readable(grounds: string[], ...wanted: string[]): string {
  const fits = (colour: string) =>
    grounds.every((ground) => {
      const [low, high] = [lightOf(colour), lightOf(ground)].sort((x, y) => x - y) as [number, number]
      return (high + 0.05) / (low + 0.05) >= 4.5
    })
  return wanted.find(fits) ?? inkOn(grounds[0] as string)
}

/** Our colours, by day and by night. A community with colours of its own has them by night, too. */
const day = { colorback: '#f5f5f4', boxcolorback: '#ffffff', font_color: '#292524', font_color_secondary: '#57534e' }
const night = { colorback: '#1c1917', boxcolorback: '#292524', font_color: '#f5f5f4', font_color_secondary: '#c4bfba' }

type Grounds = typeof day

const coloursOf = ({ colorback, boxcolorback, font_color, font_color_secondary }: Grounds) => `--back:${colorback};
--text:${readable([colorback], font_color)};--box:${boxcolorback};--ink:${readable([boxcolorback], font_color)};
--faint:${readable([colorback], font_color_secondary, font_color)};--pale:${readable([boxcolorback], font_color_secondary, font_color)}`

function styleOf({ options }: Community): string {
  const colour = (name: keyof Grounds | 'colorprimary', otherwise: string) =>
    hex.test(options[`colors.${name}`]) ? options[`colors.${name}`] : otherwise
  const primary = colour('colorprimary', '#1f5f5b')
  const names = Object.keys(day) as (keyof Grounds)[]
  const chosen = Object.fromEntries(names.map((name) => [name, colour(name, day[name])])) as Grounds
  const ours = names.every((name) => chosen[name].toLowerCase() === day[name])
  const dark = ours ? `@media(prefers-color-scheme:dark){:root{color-scheme:dark;${coloursOf(night)}}}` : ''
  const scheme = inkOn(chosen.boxcolorback) === '#fff' ? 'dark' : 'light'
  return `:root{color-scheme:${scheme};${coloursOf(chosen)}}${dark}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header{background:${primary};color:${inkOn(primary)};padding:.75rem 1rem}header a{color:inherit;padding:.25rem 0;display:inline-block}
main{max-width:44rem;margin:auto}header div{max-width:42rem;margin:auto;display:flex;gap:.25rem 1rem;justify-content:space-between;align-items:baseline;flex-wrap:wrap}
header nav,header form{display:flex;gap:0 1rem;align-items:baseline;flex-wrap:wrap}header b a{text-decoration:none}
main{padding:1rem}section,form.box{background:var(--box);color:var(--ink);--faint:var(--pale);padding:1rem 1.25rem;margin:1rem 0;border-radius:.5rem}
h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.15rem;margin:0 0 .5rem}section>:first-child,form.box>:first-child{margin-top:0}section>:last-child,form.box>:last-child{margin-bottom:0}a{color:inherit}
ul,ol{padding-left:1.25rem;margin:.5rem 0}li{margin:.5rem 0}ul.plain{list-style:none;padding:0}ul.row{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}ul.row li{margin:0}
label{display:block;margin:.75rem 0 .25rem}input[type=checkbox]{width:auto}input:not([type=checkbox]),select{font:inherit;width:100%;padding:.5rem;border:1px solid #767676;border-radius:.25rem;background:#fff;color:#000}
form h2{margin-top:1.5rem}a.button{display:inline-block;text-decoration:none}
button,a.button{font:inherit;margin:1rem .5rem 0 0;padding:.5rem 1.25rem;border:2px solid currentColor;border-radius:.25rem;background:${primary};color:${inkOn(primary)};cursor:pointer}
button:not(.quiet),a.button{border-color:${primary}}button.quiet{background:none;color:inherit}
header button,header button:not(.quiet){margin:0;padding:.25rem 0;border:0;background:none;color:inherit;text-decoration:underline}
[role=alert]{border-left:.25rem solid #b3261e;padding-left:.75rem}pre{white-space:pre-wrap;background:#1c1917;color:#fafaf9;padding:.75rem;border-radius:.25rem}
small{font-size:.875rem;color:var(--faint)}li small{display:block}:focus-visible{outline:3px solid currentColor;outline-offset:2px}`
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
 * A whole page and its headers: it loads nothing from elsewhere, runs no script, is in no frame, and sends its forms
 * only to Kith or to where they are known to lead.
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
<header><div><b><a href="/"><bdi>${name}</bdi></a></b>${header}</div></header>
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
