const all = (names: string) => names.split(' ')

/** Every element that exists or existed; `mention` and `hashtag` are the editor's. */
const known = new Set([
  ...all('a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote'),
  ...all(
    'body br button canvas caption center cite code col colgroup command content data datalist dd del details dfn',
  ),
  ...all('dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6'),
  ...all(
    'head header hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main',
  ),
  ...all('map mark marquee math menu menuitem meta meter multicol nav nextid nobr noembed noframes noscript object ol'),
  ...all(
    'optgroup option output p param picture plaintext portal pre progress q rb rp rt rtc ruby s samp script search',
  ),
  ...all('section select shadow slot small source spacer span strike strong style sub summary sup svg table tbody td'),
  ...all('template textarea tfoot th thead time title tr track tt u ul var video wbr xmp mention hashtag'),
])

/** Names with a colon come from word processors, as `o:p`; those with a hyphen are custom elements. */
const isName = (name: string) =>
  known.has(name.toLowerCase()) || /^(?:[a-z][a-z\d]{0,2}:[a-z]+|\w+-[\w-]+)$/i.test(name)

const opening = /<([a-z][a-z0-9:_.-]*)(?=[\s>]|\/\s*>)/iy
const closing = /<\/([a-z][a-z0-9:_.-]*)[^<>]*>/iy
const declaration = /<(?:![a-z[]|\?)[^<>]*>/iy

/**
 * Escapes every `<` that cannot begin a tag, because no element has that name or because it never ends: a parser
 * would take what follows for a tag and lose it. Takes time in proportion to the length.
 * @returns the text with those written as `&lt;`, and whether there is any tag in it
 */
export function keepStrayBrackets(sent: string): { html: string; tagged: boolean } {
  const pieces: string[] = []
  const lastComment = sent.lastIndexOf('-->')
  /** Positions where a value has ended and no `>` follows that would end the tag: a tag that reaches one never ends. */
  const endless = new Set<number>()
  let [kept, tagged] = [0, false]
  for (let at = sent.indexOf('<'); at >= 0; at = sent.indexOf('<', at)) {
    const end = endOf(at)
    if (end) {
      tagged = true
      at = end
    } else {
      pieces.push(sent.slice(kept, at), '&lt;')
      kept = ++at
    }
  }
  return { html: pieces.join('') + sent.slice(kept), tagged }

  /** The position right behind the tag or comment that begins here; 0 if none does. */
  function endOf(at: number): number {
    if (sent.startsWith('<!--', at)) return lastComment > at ? sent.indexOf('-->', at) + 3 : 0
    opening.lastIndex = closing.lastIndex = declaration.lastIndex = at
    const close = closing.exec(sent)
    if (close) return isName(close[1] as string) ? closing.lastIndex : 0
    if (declaration.test(sent)) return declaration.lastIndex
    const open = opening.exec(sent)
    return open && isName(open[1] as string) ? endOfAttributes(opening.lastIndex) : 0
  }

  function endOfAttributes(from: number): number {
    const passed: number[] = []
    for (let i = from; i < sent.length; i++) {
      const one = sent[i]
      if (one === '>') return i + 1
      if (one === '<') break
      if (one !== '=') continue
      while (/\s/.test(sent[i + 1] ?? '')) i++
      const quote = sent[i + 1]
      if (quote !== '"' && quote !== "'") continue
      i = sent.indexOf(quote, i + 2)
      if (i < 0 || endless.has(i)) break
      passed.push(i)
    }
    for (const each of passed) endless.add(each)
    return 0
  }
}
