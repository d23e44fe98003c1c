import { type Allowed, type Case, is2xx, list, type Theme, times } from '../case.ts'

/** A text that a member may send: it is taken or refused, and costs nobody else anything. */
const text = (name: string, made: () => string, kind = 'post', allowed: Allowed = [...is2xx, 400]): Case => ({
  name: `a ${kind} of ${name}`,
  who: 'alice',
  send: { path: `/${kind}/`, body: () => JSON.stringify({ title: 'Good morning', text: made() }) },
  allowed,
})
const upTo = (most: number, made: () => string) => () => made().slice(0, most)
const whole = 100_000
const named = (field: string, name: string, value: string, allowed: Allowed): Case => ({
  name: `a ${field} of ${name}`,
  who: 'alice',
  send:
    field === 'title'
      ? { path: '/discussion/', body: JSON.stringify({ title: value, text: 'x' }) }
      : { method: 'PATCH', path: '/user/me/', body: JSON.stringify({ [field]: value }) },
  allowed,
})

const marks: [string, () => string][] = [
  ['combining marks, 50,000 pairs', upTo(whole, () => `a${times(50_000, '\u0316\u0301')}`)],
  ['combining marks, 1,000 pairs', () => `a${times(1_000, '\u0316\u0301')}`],
  ['combining marks in falling order', upTo(whole, () => `a${times(25_000, '\u0301\u0316\u0327\u0345')}`)],
  ['combining marks, each behind a letter', upTo(whole, () => times(50_000, 'a\u0301'))],
  ['combining marks with grapheme joiners between', upTo(whole, () => times(30_000, '\u0301\u034f\u0316'))],
  ['Hangul taken apart', upTo(whole, () => times(33_333, '\u1112\u1161\u11ab'))],
  ['Tibetan vowels on each other', upTo(whole, () => `\u0f40${times(50_000, '\u0f71\u0f74')}`)],
  ['U+FDFA, which becomes eighteen', upTo(whole, () => times(whole, '\ufdfa'))],
  ['U+FDFA with spaces between', upTo(whole, () => times(50_000, '\ufdfa '))],
  ['ligatures that are taken apart', upTo(whole, () => times(50_000, '\ufb03\u3390'))],
  ['squared words', upTo(whole, () => times(50_000, '\u337f '))],
]

const lines: [string, () => string][] = [
  ['lines of one letter', upTo(whole, () => times(50_000, 'x\n'))],
  ['empty lines', upTo(whole, () => `x${times(whole, '\n')}`)],
  ['CR alone', upTo(whole, () => times(50_000, 'x\r'))],
  ['guillemets', upTo(whole, () => times(whole, '\u2039'))],
  ['ampersands', upTo(whole, () => times(whole, '&'))],
  ['entities', upTo(whole, () => times(20_000, '&amp;'))],
  ['entities of entities', upTo(whole, () => times(10_000, '&amp;amp;lt;'))],
  ['numbers of characters', upTo(whole, () => times(12_000, '&#x41;'))],
  ['a number of a character without end', upTo(whole, () => `&#${times(99_000, '9')};`)],
  ['entities without their semicolon', upTo(whole, () => times(25_000, '&lt '))],
  ['less-than signs', upTo(whole, () => times(whole, '<'))],
  ['less-than signs and letters', upTo(whole, () => times(50_000, '<a'))],
  ['greater-than signs', upTo(whole, () => times(whole, '>'))],
  ['quotes', upTo(whole, () => times(whole, '"'))],
  ['one word', upTo(whole, () => times(whole, 'x'))],
  ['short words', upTo(whole, () => list(30_000, (i) => i.toString(36)).join(' '))],
  ['words that are all different', upTo(whole, () => list(20_000, (i) => `w${i}`).join(' '))],
  ['numbers with points', upTo(whole, () => times(25_000, '1.2.'))],
  ['addresses', upTo(whole, () => list(5_000, (i) => `http://a.b/${i}`).join(' '))],
  ['e-mail addresses', upTo(whole, () => list(8_000, (i) => `a${i}@b.c`).join(' '))],
  ['@ signs', upTo(whole, () => times(whole, '@'))],
  ['mentions by name', upTo(whole, () => times(16_000, '@alice '))],
  ['mentions of people there are not', upTo(whole, () => list(14_000, (i) => `@n${i}`).join(' '))],
  ['hashtags in plain text', upTo(whole, () => list(16_000, (i) => `#${i}`).join(' '))],
  ['hash signs', upTo(whole, () => times(whole, '#'))],
  ['hyphens', upTo(whole, () => times(whole, '-'))],
  ['slashes', upTo(whole, () => times(whole, '/'))],
  ['letters of no case and no script', upTo(whole, () => times(33_000, '\u00b7\u2024x'))],
]

const html: [string, () => string][] = [
  [
    '12 quotes within one another, in seven formats',
    () => `${times(12, '<blockquote>')}<b><i><u><s><strong><em><code>${times(12_000, '<p>x')}`,
  ],
  [
    '12 quotes and nothing but paragraphs',
    () => upTo(whole, () => `${times(12, '<blockquote>')}${times(30_000, '<p>x')}`)(),
  ],
  ['quotes within one another without end', upTo(whole, () => times(8_000, '<blockquote>'))],
  ['formats within one another without end', upTo(whole, () => times(33_000, '<b>'))],
  ['formats that are closed the wrong way round', upTo(whole, () => times(9_000, '<b><i></b></i>'))],
  ['formats opened in paragraphs and closed in none', upTo(whole, () => times(12_000, '<p><b><i>x'))],
  ['lists within one another', upTo(whole, () => times(11_000, '<ul><li>'))],
  ['tables', upTo(whole, () => times(10_000, '<table>'))],
  ['closing tags', upTo(whole, () => times(25_000, '</p>'))],
  ['paragraphs', upTo(whole, () => times(33_000, '<p>'))],
  ['line breaks', upTo(whole, () => times(25_000, '<br>'))],
  ['rules', upTo(whole, () => times(25_000, '<hr>'))],
  ['links', upTo(whole, () => times(4_000, '<a href="http://a.b">x</a>'))],
  ['links within links', upTo(whole, () => times(5_000, '<a href="http://a.b">'))],
  ['mentions', () => upTo(whole, () => list(2_500, (i) => `<mention id="${i}">@x</mention>`).join(''))()],
  ['mentions of one who is there', upTo(whole, () => times(3_000, '<mention id="1">@x</mention>'))],
  ['hashtags', upTo(whole, () => times(4_000, '<hashtag>#x</hashtag>'))],
  ['attributes', () => `<p ${list(9_000, (i) => `a${i}=1`).join(' ')}>x</p>`],
  ['one attribute without end', () => `<a href="${times(99_000, 'x')}`],
  ['a tag without end', () => `<${times(99_000, 'a')}`],
  ['a comment without end', () => `<!--${times(99_000, '-')}`],
  ['comments', upTo(whole, () => times(14_000, '<!---->'))],
  ['CDATA', upTo(whole, () => times(8_000, '<![CDATA[x'))],
  ['processing instructions', upTo(whole, () => times(25_000, '<?x?'))],
  ['scripts', upTo(whole, () => times(5_000, '<script>alert(1)</script>'))],
  ['a script without end', () => `x<script>${times(90_000, 'x')}`],
  ['styles without end', upTo(whole, () => times(14_000, '<style>'))],
  ['a textarea without end', upTo(whole, () => `x${times(9_000, '<textarea>')}`)],
  ['SVG within MathML', upTo(whole, () => times(6_000, '<svg><math><mtext>'))],
  ['an address in base64', () => `<img src="data:image/png;base64,${times(80_000, 'A')}">x`],
  ['javascript: with characters between', () => times(2_000, '<a href="java&#10;script&colon;alert(1)">x</a>')],
]

const signs: [string, () => string][] = [
  ['bidi overrides', upTo(whole, () => times(50_000, '\u202ex'))],
  ['isolates that are never closed', upTo(whole, () => times(50_000, '\u2067x'))],
  ['zero-width joiners', upTo(whole, () => times(whole, '\u200d'))],
  ['families joined by ZWJ', upTo(whole, () => times(9_000, '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'))],
  ['flags', upTo(whole, () => times(25_000, '\u{1f1ee}\u{1f1f9}'))],
  ['variation selectors', upTo(whole, () => `x${times(50_000, '\ufe0f')}`)],
  ['tags', upTo(whole, () => `\u{1f3f4}${times(40_000, '\u{e0067}')}`)],
  ['private characters', upTo(whole, () => times(50_000, '\u{f0000}'))],
  ['characters that are none', upTo(whole, () => times(50_000, '\uffff\ufffe'))],
  [
    'control characters',
    () => `x${times(10_000, list(31, (i) => String.fromCharCode(i + 1)).join('')).slice(0, 90_000)}`,
  ],
  ['soft hyphens', upTo(whole, () => times(50_000, 'x\u00ad'))],
  ['spaces of all kinds', upTo(whole, () => `x${times(10_000, ' \u00a0\u2003\u3000\u2028')}x`)],
  ['Chinese without a space', upTo(whole, () => times(20_000, '\u6f22\u5b57\u3068\u4eee\u540d'))],
  ['Thai without a space', upTo(whole, () => times(20_000, '\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35'))],
  ['capitals that grow', upTo(whole, () => times(50_000, '\u0130\u1e9e'))],
  ['final sigmas', upTo(whole, () => times(30_000, '\u03a3\u03c2 '))],
]

const invisible: [string, string][] = [
  ['zero-width spaces', '\u200b\u200b'],
  ['Braille blanks and Hangul fillers', '\u2800\u3164'],
  ['soft hyphens', '\u00ad'],
  ['bidi overrides', '\u202e\u202d'],
  ['spaces', '   \u00a0\u3000'],
  ['line ends', '\r\n\n'],
  ['a bell and a backspace', '\x07\x08'],
]

export const texts: Theme = {
  name: 'texts',
  cases: [
    ...marks.flatMap(([name, made]) => [text(name, made), text(name, made, 'status')]),
    ...lines.flatMap(([name, made]) => text(name, made)),
    ...html.flatMap(([name, made]) => text(name, made)),
    ...signs.flatMap(([name, made]) => text(name, made)),
    text('a bidi override that hides what is behind it', () => '<p>\u202etxt.exe</p>'),
    named('title', 'combining marks', `a${times(127, '\u0316\u0301')}`, [...is2xx, 400]),
    named('bio', 'combining marks', `a${times(4_999, '\u0316\u0301')}`, [200, 400]),
    named('real_name', 'combining marks', `a${times(127, '\u0316\u0301')}`, [200, 400]),
    named('real_name', 'U+FDFA', times(255, '\ufdfa'), [200, 400]),
    named('description', 'U+FDFA', times(50, '\ufdfa'), [200, 400]),
    named('location', 'combining marks', `a${times(49, '\u0316\u0301')}`, [200, 400]),
    ...invisible.flatMap(([name, value]) => [
      named('title', name, value, [...is2xx, 400]),
      named('real_name', name, value, [200, 400]),
    ]),
    named('date_of_birth', 'the year 0', '0000-01-01', [400]),
    named('date_of_birth', 'the 30th of February', '2000-02-30', [400]),
    named('date_of_birth', 'infinity', 'infinity', [400]),
    named('date_of_birth', 'the year 10000', '10000-01-01', [400]),
    named('date_of_birth', 'BC', '0044-03-15 BC', [400]),
    named('location_lat_lng', 'the far side of the pole', '999,999', [200, 400]),
    named('website', 'javascript:', 'javascript:alert(1)', [400]),
    named('website', 'an address with a quote', 'http://a.b/"onclick=x', [400]),
    named('username', 'letters of another script', '\u0430lice', [400]),
    named('username', 'digits of another script', '\u0661\u0662', [400]),
    ...(['100,000 names', '10,000 words'] as const).map(
      (name, i): Case => ({
        name: `members searched for by ${name} of combining marks`,
        who: 'alice',
        send: { path: `/user/search/?search=${encodeURIComponent(`a${times(i ? 120 : 1_000, '\u0316\u0301')}`)}` },
        allowed: [200, 400],
      }),
    ),
    {
      name: 'contributions searched for by 1,200 combining marks',
      who: 'alice',
      send: { path: `/post/search/?search=${encodeURIComponent(`a${times(600, '\u0316\u0301')}`)}` },
      allowed: [200, 400],
    },
    {
      name: 'an answer of 100 kB to an invitation: categories named by a whole text',
      who: 'admin',
      send: { path: '/category/', body: () => JSON.stringify({ name: times(50_000, '\u0316\u0301') }) },
      allowed: [400],
    },
    {
      name: 'a category whose HTML is a script',
      who: 'admin',
      send: {
        path: '/category/',
        body: JSON.stringify({ name: 'Scripted', html_info: '<script>alert(1)</script><p onclick="x">x</p>' }),
      },
      allowed: [201, 400],
      look: ({ body }) => (/<script|onclick/i.test(body) ? `it is kept: ${body.slice(0, 200)}` : null),
    },
  ],
}
