/** What SQL is made of, as far as calls go: texts, names, comments, brackets, commas. */
const token = /\be'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"[^"]*"|\/\*.*?\*\/|\bconcat\(|[(),[\]]/gs
const parts = /^(\s*)((?:\/\*.*?\*\/\s*)*)(.*)$/s
const literal = /^(?:(e)'((?:[^'\\]|\\.|'')*)'|'((?:[^']|'')*)')$/s

/** A PostgreSQL function takes a hundred arguments at most. */
const most = 100

/** An argument, behind what is before it: a space or a new line, and comments. */
type Argument = { space: string; comments: string; sql: string }

/**
 * SQL in which no `concat` is an argument of another, and no literal follows another there. Each argument costs time
 * with every row, and views that are put together from views are full of both.
 */
export function flatten(sql: string): string {
  if (!sql.includes('concat(')) return sql
  /** For each bracket that is open: the call it belongs to, if it is one of concat. */
  const open: ({ args: string[]; before: string } | null)[] = []
  /** The arguments of each call that was read to its end. */
  const read = new Map<string, Argument[]>()
  let written = ''
  let at = 0
  for (const { 0: found, index } of sql.matchAll(token)) {
    written += sql.slice(at, index)
    at = index + found.length
    const within = open.at(-1)
    if (found === 'concat(') {
      open.push({ args: [], before: written })
      written = ''
    } else if (found === ',' && within) {
      within.args.push(written)
      written = ''
    } else if ((found === ')' || found === ']') && open.pop() && within) {
      const args = join([...within.args, written].flatMap((arg) => splice(arg, read)))
      const call = `concat(${inChunks(args.map(({ space, comments, sql }) => space + comments + sql))})`
      read.set(call, args)
      written = within.before + call
    } else {
      if (found === '(' || found === '[') open.push(null)
      written += found
    }
  }
  return written + sql.slice(at)
}

/** An argument, or the arguments of the call that it is. */
function splice(arg: string, read: Map<string, Argument[]>): Argument[] {
  const [, before = '', comments = '', sql = ''] = parts.exec(arg.trimEnd()) as RegExpExecArray
  const space = before.includes('\n') ? before : ' '
  const [first, ...others] = read.get(sql) ?? [{ space, comments: '', sql }]
  return first ? [{ ...first, space, comments: comments + first.comments }, ...others] : []
}

/** The same with neighbouring literals in one. */
function join(args: Argument[]): Argument[] {
  const joined: Argument[] = []
  for (const arg of args) {
    const last = joined.at(-1)
    const [one, other] = [last && literal.exec(last.sql), literal.exec(arg.sql)]
    if (last && one && other) {
      const escaped = one[1] ?? other[1] ?? ''
      const inner = ([, , text, plain = '']: RegExpExecArray) =>
        text ?? (escaped ? plain.replaceAll('\\', '\\\\') : plain)
      last.sql = `${escaped}'${inner(one)}${inner(other)}'`
      last.comments += arg.comments
    } else joined.push({ ...arg })
  }
  return joined
}

const inChunks = (args: string[]): string =>
  args.length <= most
    ? args.join(',').trimStart()
    : inChunks(
        Array.from(
          { length: Math.ceil(args.length / most) },
          (_, i) =>
            ` concat(${args
              .slice(i * most, (i + 1) * most)
              .join(',')
              .trimStart()})`,
        ),
      )
