import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { type Mentioned, maxHtml, readHtml, summaryLength, TooDeep, writeHtml } from '../../src/texts/html.ts'
import { inFull, often } from '../support/soak.ts'

import { attacks } from './fixtures/attacks.ts'
import { faultsOf, textOf } from './fixtures/judge.ts'
import { slowTexts } from './fixtures/slow.ts'

const bob: Mentioned = { id: 12, ext_id: null, username: 'bob' }
const carla: Mentioned = { id: 13, ext_id: 'crm-7', username: 'carla_9' }
/** An administrator may give any `ext_id`. */
const mallory: Mentioned = { id: 1, ext_id: '"><img src=x onerror=alert(1)>', username: 'mallory' }
const everybody = [bob, carla, mallory]

const clean = (sent: string, members = everybody) => writeHtml(readHtml(sent), members)
const cleanOrRefuse = (sent: string) => {
  try {
    clean(sent)
  } catch (error) {
    expect(error).toBeInstanceOf(TooDeep)
  }
}
const htmlOf = (sent: string, members = everybody) => clean(sent, members).html
const link = (href: string, words: string, more = '') =>
  `<a href="${href}"${more} rel="noopener noreferrer nofollow">${words}</a>`

describe('what the official editor makes', () => {
  test('is kept, without its classes and styles', () => {
    const style = 'style="white-space: pre-wrap;"'
    expect(
      htmlOf(
        `<p class="SCEditor-paragraph" dir="ltr"><span ${style}>Hello </span><b><strong class="SCEditor-textBold" ${style}>` +
          `there</strong></b> <i><em class="SCEditor-textItalic" ${style}>you</em></i> <u><span class="SCEditor-textUnderline" ` +
          `${style}>two</span></u> <s><span ${style}>three</span></s><sub ${style}><span>4</span></sub><sup>5</sup></p>`,
      ),
    ).toBe('<p dir="ltr">Hello <strong>there</strong> <em>you</em> <u>two</u> <s>three</s><sub>4</sub><sup>5</sup></p>')
  })

  test('keeps headings, quotes, rules, empty lines and lists within lists', () => {
    for (const sent of [
      '<h1>One</h1><h2>Two</h2><h3>Three</h3><hr><p><br></p><blockquote dir="rtl">said<br>twice</blockquote>',
      '<ul><li value="1">a</li><li value="2"><ol start="3"><li value="3">b</li></ol></li><li value="2">c</li></ul>',
      '<p>a &lt;b&gt; &amp; "c" \'d\'&nbsp;e 🐇</p>',
    ])
      expect(htmlOf(sent)).toBe(sent)
  })

  test('keeps images where they stand, between paragraphs or in them', () => {
    const image = '<img src="https://a.example/b.jpg?c=1&amp;d=2" alt="A &quot;rabbit&quot;">'
    expect(htmlOf(`<p>one</p>${image}<p>two ${image}</p>`)).toBe(`<p>one</p>${image}<p>two ${image}</p>`)
    const old =
      '<div style="position: relative;padding-bottom:141%"><img src="https://a.example/b.jpg" alt="null" data-width="459"></div>'
    expect(htmlOf(`<p class="x">${old}</p>`)).toBe('<img src="https://a.example/b.jpg" alt="">')
    for (const src of [
      '/b.jpg',
      '//a.example/b.jpg',
      'data:image/png;base64,AA==',
      'javascript:alert(1)',
      'mailto:a@b.c',
      '',
    ])
      expect(htmlOf(`<p>one<img src="${src}"></p>`), src).toBe('<p>one</p>')
  })

  test('keeps links to the web and to mail, each telling the other side nothing', () => {
    expect(htmlOf('<p><a href="https://a.example/b?c=d&amp;e" target="_blank" class="x" title="y">z</a></p>')).toBe(
      `<p>${link('https://a.example/b?c=d&amp;e', 'z', ' target="_blank"')}</p>`,
    )
    expect(htmlOf('<a href="MAILTO:a@b.example" target="me">z</a>')).toBe(`<p>${link('mailto:a@b.example', 'z')}</p>`)
    expect(htmlOf('<a href=" HTTPS:\\\\Bücher.example ">z</a>')).toBe(
      `<p>${link('https://xn--bcher-kva.example/', 'z')}</p>`,
    )
    for (const href of [
      'https://',
      '/user/3',
      'www.a.example',
      '//a.example',
      'tel:1',
      `https://a.example/${'b'.repeat(2_000)}`,
    ])
      expect(htmlOf(`<p><a href="${href}">z</a></p>`), href).toBe('<p>z</p>')
  })

  test('keeps hashtags with the id of their category, as the composer looks for them', () => {
    const sent =
      '<p><hashtag id="7">#Cats &amp; dogs</hashtag> <hashtag id="8"># <b>Rain</b></hashtag> <hashtag>Sun</hashtag></p>'
    expect(readHtml(sent).hashtags).toEqual(['Cats & dogs', 'Rain'])
    expect(htmlOf(sent)).toBe('<p><hashtag id="7">#Cats &amp; dogs</hashtag> <hashtag id="8">#Rain</hashtag> #Sun</p>')
  })
})

describe('a mention', () => {
  test('is found by its id or by its ext_id, under all the names clients give them', () => {
    for (const attributes of ['id="13"', 'data-id="13"', 'ext-id="null" id="13"', 'ID=13 ext_id=undefined'])
      expect(readHtml(`<mention ${attributes}>@x</mention>`).mentions, attributes).toMatchObject([
        { id: 13, extId: null },
      ])
    for (const name of ['ext-id', 'ext_id', 'extid', 'data-ext-id'])
      expect(htmlOf(`<mention ${name}="crm-7">@x</mention>`), name).toBe(
        '<p><mention id="13" ext-id="crm-7">@carla_9</mention></p>',
      )
  })

  test('is written with the name its member has now, and tells who is mentioned, each once', () => {
    const sent =
      '<p>Hi <mention id="12" ext-id="null">@bobby</mention>, <mention id="13">@c</mention> <mention extid="crm-7"></mention></p>'
    expect(clean(sent)).toEqual({
      html: '<p>Hi <mention id="12">@bob</mention>, <mention id="13" ext-id="crm-7">@carla_9</mention> <mention id="13" ext-id="crm-7">@carla_9</mention></p>',
      text: 'Hi @bob, @carla_9 @carla_9',
      words: 'Hi @bob, @carla_9 @carla_9',
      summary: 'Hi @bob, @carla_9 @carla_9',
      mentioned: [12, 13],
    })
  })

  test('of nobody is plain words', () => {
    const sent =
      '<p><mention id="99" ext-id="gone">@<b>gh</b>ost &lt;</mention> <mention id="99"></mention> <mention>@bob</mention></p>'
    expect(clean(sent)).toEqual({
      html: '<p>@ghost &lt; @99 @bob</p>',
      text: '@ghost < @99 @bob',
      words: '@ghost < @99 @bob',
      summary: '@ghost &lt; @99 @bob',
      mentioned: [],
    })
  })

  test('asks for nothing that cannot be an id', () => {
    const ids = ['0', '-1', '1e3', '12x', ' ', '9'.repeat(16), '١٢']
    for (const id of ids) expect(readHtml(`<mention id="${id}">@x</mention>`).mentions, id).toEqual([])
    expect(readHtml(`<mention ext-id="${'x'.repeat(256)}">@x</mention>`).mentions).toEqual([])
  })

  test('is in no link: the client makes it one', () => {
    const sent = '<a href="https://a.example/">to <mention id="12">@bob</mention> now</a>'
    expect(htmlOf(sent)).toBe(
      `<p>${link('https://a.example/', 'to ')}<mention id="12">@bob</mention>${link('https://a.example/', ' now')}</p>`,
    )
  })

  test('behind a hundred others stays words', () => {
    const read = readHtml('<mention id="12">@x</mention>'.repeat(101))
    expect(read.mentions).toHaveLength(100)
    expect(writeHtml(read, everybody).html).toMatch(/<\/mention>@x<\/p>$/)
  })
})

describe('a text without tags', () => {
  test('is a paragraph for every line', () => {
    expect(htmlOf('one\r\ntwo\n\n\n  three & <3 1 < 2 &lt;b&gt;\n')).toBe(
      '<p>one</p><p>two</p><p><br></p><p>three &amp; &lt;3 1 &lt; 2 &lt;b&gt;</p>',
    )
  })

  test('keeps whatever only looks like the beginning of a tag', () => {
    for (const [sent, kept] of [
      ['b<a, otherwise stop', 'b&lt;a, otherwise stop'],
      ['b<a otherwise stop', 'b&lt;a otherwise stop'],
      ['a <b', 'a &lt;b'],
      ['x<y and z>w', 'x&lt;y and z&gt;w'],
      ['x</y, z', 'x&lt;/y, z'],
      ['vector<int> and map<string, list<int>>', 'vector&lt;int&gt; and map&lt;string, list&lt;int&gt;&gt;'],
      ['Bob <bob@example.org> wrote', 'Bob &lt;bob@example.org&gt; wrote'],
      ['see <https://example.org/a?b=c>', 'see &lt;https://example.org/a?b=c&gt;'],
      ['<grin>', '&lt;grin&gt;'],
      ['a <!-- never ends', 'a &lt;!-- never ends'],
      ['a <!doctype', 'a &lt;!doctype'],
      ['a <? b', 'a &lt;? b'],
      ['<a href="never ends', '&lt;a href="never ends'],
      ['<a href="x" title=\'y z', '&lt;a href="x" title=\'y z'],
      ['1 <2, 2<3; <- -> <<>>', '1 &lt;2, 2&lt;3; &lt;- -&gt; &lt;&lt;&gt;&gt;'],
      ['<日本>', '&lt;日本&gt;'],
    ] as const) {
      expect(htmlOf(sent), sent).toBe(`<p>${kept}</p>`)
      expect(htmlOf(`<p>${sent}</p>`), `in a paragraph: ${sent}`).toContain(
        kept.replace(/ (never ends|otherwise).*/, ''),
      )
      expect(clean(sent).text, sent).toBe(sent)
      expect(htmlOf(`<p>${kept}</p>`), sent).toBe(`<p>${kept}</p>`)
    }
    expect(htmlOf('<p>if b<a, stop</p><p>else <b>go</b> on, a<b</p>')).toBe(
      '<p>if b&lt;a, stop</p><p>else <strong>go</strong> on, a&lt;b</p>',
    )
  })

  test('and without words is nothing, as is an empty editor', () => {
    const nothing = { html: '', text: '', words: '', summary: '', mentioned: [] }
    for (const sent of [
      '',
      ' \n\t',
      '<p class="SCEditor-paragraph"><br></p>',
      '<p>&nbsp;</p><hr>',
      '<script>x</script>',
      '\0',
    ])
      expect(clean(sent), sent).toEqual(nothing)
  })
})

describe('HTML from elsewhere', () => {
  test('keeps its words, and its blocks apart', () => {
    expect(htmlOf('one<div>two<span>three</span></div><table><tr><td>4<td>5</table>six')).toBe(
      '<p>one</p><p>twothree</p><p>4</p><p>5</p><p>six</p>',
    )
    expect(htmlOf('<ul>a<li>b<div>c</div><p>d</p><ul><ul><li>e</ul></ul>')).toBe(
      '<ul><li>a</li><li>b<br>c<p>d</p><ul><li><ul><li>e</li></ul></li></ul></li></ul>',
    )
    expect(htmlOf('<li>a</li>b<br>c')).toBe('<p>a</p><p>b<br>c</p>')
    expect(htmlOf('<ol><li>a<hr>b</li></ol>')).toBe('<ol><li>a<hr>b</li></ol>')
  })

  test('loses the space between its blocks, and no other', () => {
    expect(htmlOf('<p>a</p>\n <p> </p>\n<ul>\n <li>b <b>c</b> d</li>\n</ul>\n')).toBe(
      '<p>a</p><ul><li>b <strong>c</strong> d</li></ul>',
    )
    const image = '<img src="https://a.example/b.jpg" alt="">'
    expect(htmlOf(`${image}\n<p>a</p>\n${image} ${image} `)).toBe(`${image}<p>a</p>${image}${image}`)
  })

  test('is nested as a browser would have it', () => {
    expect(htmlOf('<b>a<p>b<i>c</b>d</i></p><p><h2>e')).toBe(
      '<p><strong>a</strong></p><p><strong>b<em>c</em></strong></p><p>d</p><h2>e</h2>',
    )
    expect(htmlOf('<p><b>a<ul><li>b</ul>c')).toBe(
      '<p><strong>a</strong></p><ul><li><strong>b</strong></li></ul><p><strong>c</strong></p>',
    )
    expect(htmlOf('<a href="https://a.example/"><p>a</p><p>b<a href="https://b.example/">c')).toBe(
      `<p>${link('https://a.example/', 'a')}</p><p>${link('https://a.example/', 'bc')}</p>`,
    )
  })

  test('loses comments, scripts, styles and whatever else is not meant to be read', () => {
    const lost =
      'script style svg math template noscript iframe textarea title xmp select object noembed noframes'.split(' ')
    for (const tag of lost) expect(htmlOf(`<p>a<!-- b --></p><${tag}>c</${tag}><p>d</p>`), tag).toBe('<p>a</p><p>d</p>')
  })

  test('has no control characters and no halves of characters', () => {
    const written = clean(
      '<p>a\0b\u0007c&#0;&#1;\u0085d\ud800e&#xdc00;<img src="https://a.example/" alt="\0&#2;f"></p>',
    )
    expect(written.html).toBe('<p>abc\ufffdd\ufffde\ufffd<img src="https://a.example/" alt="f"></p>')
    expect(written.text).toBe('abc\ufffdd\ufffde\ufffd')
  })

  test('is flattened where it is deeper than anybody nests', () => {
    const html = htmlOf(`${'<ul><li>a'.repeat(200)}${'<blockquote>b'.repeat(200)}`)
    expect(html.match(/<(ul|blockquote)>/g)?.length).toBeLessThanOrEqual(12)
    expect(html.match(/[ab]/g)?.length).toBeGreaterThan(400)
    expect(htmlOf(html)).toBe(html)
    for (const before of ['', '<blockquote>', '<blockquote><blockquote>']) {
      const mixed = htmlOf(before + '<ul>a<blockquote>b'.repeat(20))
      expect(htmlOf(mixed)).toBe(mixed)
    }
  })
})

describe('a summary', () => {
  test('is cut and escaped as the documented server does it', () => {
    const words =
      'It\'s said that a summary of a long text shows its beginning, and that "quotes" <are> escaped & counted once. '
    const { summary, text } = clean(`<p>${words.replaceAll('<', '&lt;')}</p><p>${words.replaceAll('<', '&lt;')}</p>`)
    expect(summary).toMatch(
      /^It&#x27;s said .* &quot;quotes&quot; &lt;are&gt; escaped &amp; counted once\. It&#x27;s .* \.\.\.$/,
    )
    expect(textOf(summary)).toBe(`${text.replace('\n', ' ').slice(0, summaryLength)} ...`)
    expect(clean('<p>a</p>\n<p>b&nbsp; \n c<br>d</p>').summary).toBe('a b c d')
  })

  test('shows a text that just fits whole', () => {
    expect(clean('a'.repeat(summaryLength)).summary).toBe('a'.repeat(summaryLength))
    expect(clean('🐇'.repeat(summaryLength)).summary).toBe('🐇'.repeat(summaryLength))
    expect(clean(`${'a'.repeat(summaryLength)}b`).summary).toBe(`${'a'.repeat(summaryLength)} ...`)
  })

  test('is not cut within what is read as one character', () => {
    const family = '👩‍👩‍👧‍👦'
    const before = 'a'.repeat(summaryLength - 3)
    for (const one of [family, 'e\u0301\u0323\u0331\u0332', '🇮🇹🇩🇪'])
      expect(clean(`${before} ${one}b`).summary, one).toMatch(/^a+( 🇮🇹)? \.\.\.$/u)
    expect(clean(`a${'\u0301'.repeat(1_000)}`).summary).toHaveLength(summaryLength + 4)
  })
})

const judge = (sent: string, members: Mentioned[]) => {
  const { html, text, summary } = clean(sent, members)
  const faults = faultsOf(html)
  if (textOf(summary) === null) faults.push(`an element in the summary: ${summary}`)
  if (!html.isWellFormed() || !text.isWellFormed() || `${html}${text}`.includes('\0'))
    faults.push('no text for a database')
  const again = clean(html, members)
  if (again.html !== html) faults.push(`cleaned again it is ${again.html}`)
  if (again.text !== text) faults.push(`read again it says ${again.text}`)
  return faults.length ? [{ sent, html, faults }] : []
}

describe('whatever is sent', () => {
  test('no attack leaves anything but what is allowed, nor anything for a browser to repair', () => {
    const all = new Set(attacks())
    expect(all.size).toBeGreaterThan(20_000)
    // The judge is worth something: it finds fault with nearly all of them as they are.
    const some = [...all].filter((_, i) => i % 10 === 0)
    expect(some.filter((sent) => faultsOf(sent).length).length).toBeGreaterThan(0.95 * some.length)
    const tried = inFull ? [...all] : [...all].filter((_, i) => i % 5 === 0)
    expect(tried.flatMap((sent) => judge(sent, everybody)).slice(0, 5)).toEqual([])
  })

  test('is answered, is safe, and is the same when it is cleaned again', () => {
    const names =
      'p h1 h3 ul ol li blockquote hr br b strong i em u s code sub sup a img mention hashtag div span table tr td pre script style svg math mtext template noscript select option textarea title form xmp x'.split(
        ' ',
      )
    const address = fc.oneof(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.constantFrom('javascript:alert(1)', 'mailto:a@b.c', '//a', 'data:,x', ''),
      fc.string({ unit: 'binary' }),
    )
    const id = fc.oneof(fc.constantFrom('12', '13', '99', '0', ''), fc.string())
    const attribute = fc.oneof(
      fc.tuple(fc.constantFrom('href', 'src'), address),
      fc.tuple(fc.constantFrom('id', 'ext-id', 'extid', 'start', 'value'), id),
      fc.tuple(fc.constantFrom('alt', 'dir', 'style', 'onclick', 'target', 'class'), fc.string({ unit: 'binary' })),
    )
    const start = fc
      .tuple(fc.constantFrom(...names), fc.array(attribute, { maxLength: 3 }), fc.constantFrom('"', "'", ''))
      .map(
        ([name, attributes, quote]) =>
          `<${name}${attributes.map(([key, value]) => ` ${key}=${quote}${value}${quote}`).join('')}>`,
      )
    const end = fc.constantFrom(...names).map((name) => `</${name}>`)
    const odd = fc.constantFrom(
      ...[
        '<',
        '>',
        '"',
        "'",
        '&',
        '&lt;',
        '&#0;',
        '&#xd800;',
        '&nbsp;',
        '\0',
        '\ud800',
        '\r',
        '\n',
        ' ',
        '<!--',
        '-->',
        '<![CDATA[',
      ],
      ...[']]>', '</', '<?', '/>', '@bob', '#x', '\u00a0', '\ufeff', '\f', '<p/', '<b', '</p'],
    )
    const words = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), odd)
    const soup = fc.array(fc.oneof(start, start, end, words), { maxLength: 60 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(soup, fc.subarray(everybody), (sent, members) => {
        expect(judge(sent, members)).toEqual([])
      }),
      { numRuns: often(3_000) },
    )
  })

  test('is cleaned in a time and to a length that are bounded', () => {
    const full = (piece: string, before = '') => before + piece.repeat((maxHtml - before.length) / piece.length)
    const formats = '<b><i><u><s><code><sub><sup>'
    const sent = {
      ...Object.fromEntries(
        ['<', '&', '&#1;', '\0', ' ', '\u00a0', '\n', 'a\n\n', '<!--', '<![CDATA[', '<?'].map((one) => [
          one,
          full(one),
        ]),
      ),
      ...Object.fromEntries(
        ['<p>', '<p>x', '<b></b>', '<b>x</b>', '<svg></svg>', '</p>'].map((one) => [one, full(one)]),
      ),
      ...Object.fromEntries(['<li>', '<a href="https://a.b">x', '<iframe>'].map((one) => [one, full(one)])),
      ...Object.fromEntries(['<textarea>', '<a b="', '<a href="<!--'].map((one) => [one, full(one)])),
      'many mentions': full('<mention id=12></mention>'),
      'closed elsewhere': `${'<b>'.repeat(900)}${'</i>'.repeat(20_000)}`,
      'closed nowhere': `${'<x>'.repeat(900)}${'</p>'.repeat(20_000)}`,
      'bold around paragraphs': full('<p>x', formats),
      'a link around paragraphs': full('<p>x', `<a href="https://a.example/${'é'.repeat(300)}">`),
      'long links around paragraphs': full(`<a href="https://a.example/${'b'.repeat(1_900)}">${'<p>x'.repeat(100)}`),
      'quotes that close each other': full('<a b="" c="', ''),
      'quotes that end nowhere': `${'<a b="" c="'.repeat(9_000)}"<>`,
      'spaces in an address': `<a href="${' '.repeat(90_000)}x">`,
      'a name without end': `<${'a'.repeat(90_000)}`,
      'attributes without end': `<p${' a=b'.repeat(24_000)}>`,
      'one character': `a${'\u0301'.repeat(90_000)}`,
    }
    for (const [what, text] of Object.entries(sent)) {
      expect(text.length).toBeLessThanOrEqual(maxHtml)
      // Not by the clock: other tests run at the same time.
      const before = process.threadCpuUsage()
      const { html } = clean(text)
      const { user, system } = process.threadCpuUsage(before)
      expect((user + system) / 1_000, what).toBeLessThan(2_000)
      expect(html.length, what).toBeLessThan(10 * maxHtml)
    }
  })

  test('of twice the length takes about twice the time', () => {
    // Not by the clock, and the best of several: other tests run at the same time.
    const best = (text: string) => {
      const times = Array.from({ length: 2 }, () => {
        const before = process.threadCpuUsage()
        cleanOrRefuse(text)
        const { user, system } = process.threadCpuUsage(before)
        return (user + system) / 1_000
      })
      return Math.min(...times)
    }
    const long = slowTexts(30_000)
    for (const [what, text] of Object.entries(slowTexts(15_000))) {
      // What takes no time has no proportions.
      let ratio = 0
      for (let tried = 0; tried < 4; tried++) {
        ratio = best(long[what] as string) / Math.max(best(text), 4)
        if (ratio < 3) break
      }
      expect(ratio, what).toBeLessThan(3)
    }
  })

  test('is refused where tags are open within a thousand tags', () => {
    expect(() => readHtml('<b>x'.repeat(1_001))).toThrow(TooDeep)
    expect(htmlOf('<b>x'.repeat(1_000))).toBe(`<p><strong>${'x'.repeat(1_000)}</strong></p>`)
    expect(htmlOf('<b>x</b>'.repeat(2_000))).toContain('x')
  })
})
