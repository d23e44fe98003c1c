import { parseAst } from 'vitest/node'

// An 'error' event that nobody listens for ends the process. So whoever makes something that can emit one listens, in
// the function that makes it, or hands it to what listens: pipeline, finished, events.once, for await.

// biome-ignore lint/suspicious/noExplicitAny: the fields of a node depend on its type
type Node = { type: string; start: number; [field: string]: any }

/** How errors of what is made are to be heard: each of many, or the one after which there is no other. */
type Ears = 'always' | 'once'

type Made = {
  ears: Ears /** What of it emits, when not itself. */
  part?: string /** Its last argument hears. */
  callback?: true
}

const servers = { createServer: { ears: 'always' }, Server: { ears: 'always' } } as const
const sockets = { connect: { ears: 'once' }, createConnection: { ears: 'once' }, Socket: { ears: 'once' } } as const
const requests = { request: { ears: 'once' }, get: { ears: 'once' } } as const

/** What emits 'error', by the module it comes from. */
const makers: Record<string, Record<string, Made>> = {
  'node:worker_threads': { Worker: { ears: 'always' } },
  'node:child_process': {
    spawn: { ears: 'always' },
    fork: { ears: 'always' },
    exec: { ears: 'always', callback: true },
    execFile: { ears: 'always', callback: true },
  },
  'node:cluster': { fork: { ears: 'always' } },
  'node:net': { ...servers, ...sockets },
  'node:tls': { ...servers, ...sockets, TLSSocket: { ears: 'once' } },
  'node:http': { ...servers, ...requests, ClientRequest: { ears: 'once' } },
  'node:https': { ...servers, ...requests },
  'node:http2': { ...servers, createSecureServer: { ears: 'always' }, connect: { ears: 'always' } },
  'node:dgram': { createSocket: { ears: 'always' } },
  'node:fs': {
    createReadStream: { ears: 'once' },
    createWriteStream: { ears: 'once' },
    watch: { ears: 'always' },
  },
  'node:stream': Object.fromEntries(
    [
      'Readable',
      'Writable',
      'Duplex',
      'Transform',
      'PassThrough',
      'Readable.from',
      'Readable.fromWeb',
      'Duplex.from',
    ].map((name) => [name, { ears: 'once' }]),
  ),
  'node:zlib': Object.fromEntries(
    [
      'Gzip',
      'Gunzip',
      'Inflate',
      'Deflate',
      'InflateRaw',
      'DeflateRaw',
      'Unzip',
      'BrotliCompress',
      'BrotliDecompress',
    ].map((name) => [`create${name}`, { ears: 'once' }]),
  ),
  'node:readline': { createInterface: { ears: 'once' } },
  pg: { Client: { ears: 'always' }, Pool: { ears: 'always' } },
  '@fastify/busboy': { Busboy: { ears: 'once' }, default: { ears: 'once' } },
  // Its listener for errors leaves with the first success of listen.
  fastify: { fastify: { ears: 'always', part: 'server' }, default: { ears: 'always', part: 'server' } },
  ws: { WebSocket: { ears: 'once' }, WebSocketServer: { ears: 'always' }, default: { ears: 'once' } },
}

/** Made by a method, whatever it is a method of. */
const methods: Record<string, Made> = { createReadStream: { ears: 'once' }, createWriteStream: { ears: 'once' } }

/** Events whose handlers are given an emitter: which of their parameters it is. */
const given: Record<string, (parameters: number) => number> = {
  file: () => 1,
  connection: () => 0,
  secureConnection: () => 0,
  upgrade: () => 1,
  // Of a server (request, socket, head), of a pool (client); of a socket there is none.
  connect: (parameters) => (parameters > 1 ? 1 : 0),
}

/** Functions that hear the errors of what they are given. */
const hearers = new Set(['pipeline', 'finished', 'once', 'text', 'json', 'buffer', 'arrayBuffer', 'compose'])

const isFunction = (node: Node) =>
  ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type)

/**
 * Finds every emitter of a source whose errors nobody hears.
 * @returns a line each: where, and what it is
 */
export function findUnheard(source: string, file = 'source.ts'): string[] {
  const program = parseAst(source, { lang: file.endsWith('.ts') ? 'ts' : 'js' }) as unknown as Node
  const parents = new Map<Node, Node>()
  const nodes: Node[] = []
  const left = [program]
  for (let node = left.pop(); node; node = left.pop()) {
    nodes.push(node)
    for (const value of Object.values(node))
      for (const each of Array.isArray(value) ? value : [value])
        if (each !== null && typeof each === 'object' && typeof each.type === 'string') {
          parents.set(each, node)
          left.push(each)
        }
  }
  nodes.sort((a, b) => a.start - b.start)

  const text = (node: Node) => source.slice(node.start, node.end).replaceAll('?.', '.').replaceAll('!', '')
  const bare = (node: Node): Node =>
    ['AwaitExpression', 'ChainExpression', 'TSNonNullExpression', 'TSAsExpression', 'ParenthesizedExpression'].includes(
      node.type,
    )
      ? bare(node.argument ?? node.expression)
      : node

  // Local names of what modules export.
  const imported = new Map<string, { module: string; name: string }>()
  const take = (module: string, pattern: Node) => {
    if (pattern.type === 'Identifier') imported.set(pattern.name, { module, name: '*' })
    for (const { key, value } of pattern.type === 'ObjectPattern' ? pattern.properties : [])
      if (key?.type === 'Identifier' && value?.type === 'Identifier')
        imported.set(value.name, { module, name: key.name })
  }
  for (const node of nodes) {
    if (node.type === 'ImportDeclaration')
      for (const each of node.specifiers) {
        const name = each.type === 'ImportDefaultSpecifier' ? 'default' : each.imported ? each.imported.name : '*'
        imported.set(each.local.name, { module: node.source.value, name })
      }
    if (node.type !== 'VariableDeclarator' || !node.init) continue
    const value = bare(node.init)
    if (value.type === 'ImportExpression') take(value.source.value, node.id)
  }

  /** What a callee makes that emits errors. */
  function madeBy(callee: Node): Made | null {
    const [first = '', ...rest] = text(callee).split('.')
    const from = imported.get(first)
    const known =
      from && makers[/^(pg|ws|fastify|@)/.test(from.module) ? from.module : `node:${from.module.replace(/^node:/, '')}`]
    if (known) {
      const whole = from.name === '*' || (from.name === 'default' && rest.length > 0) ? rest : [from.name, ...rest]
      return Object.hasOwn(known, whole.join('.')) ? (known[whole.join('.')] as Made) : null
    }
    const method = callee.type === 'MemberExpression' ? (rest.at(-1) ?? '') : ''
    return Object.hasOwn(methods, method) ? (methods[method] as Made) : null
  }

  const scopeOf = (node: Node): Node => {
    let at = parents.get(node)
    while (at && !isFunction(at)) at = parents.get(at)
    return at ?? program
  }
  const isWithin = (node: Node, scope: Node) => node.start >= scope.start && node.end <= scope.end

  /** A function written here, or declared in this file under the name. */
  function functionOf(node: Node | undefined): Node | null {
    if (!node) return null
    if (isFunction(node)) return node
    if (node.type !== 'Identifier') return null
    for (const each of nodes) {
      if (each.type === 'FunctionDeclaration' && each.id?.name === node.name) return each
      if (each.type === 'VariableDeclarator' && each.id.name === node.name && each.init && isFunction(each.init))
        return each.init
    }
    return null
  }

  /** What a chain of calls, as `a.b.setEncoding('utf8').on('error', ...)`, is about: `a.b`. */
  function subjectOf(call: Node): Node {
    let at = bare(call)
    while (at.type === 'CallExpression' && bare(at.callee).type === 'MemberExpression') {
      const { object } = bare(at.callee)
      if (madeBy(bare(at.callee))) return at
      at = bare(object)
    }
    return at
  }

  const listens = (call: Node, ears: Ears) => {
    const callee = call.type === 'CallExpression' ? bare(call.callee) : null
    if (callee?.type !== 'MemberExpression' || call.arguments[0]?.value !== 'error') return false
    const name = callee.property.name
    return name === 'on' || name === 'addListener' || (name === 'once' && ears === 'once')
  }

  /** Whether what is called `name` within a scope is listened to there, under whichever other name. */
  function isHeard(name: string, scope: Node, ears: Ears): boolean {
    for (const node of nodes) {
      if (!isWithin(node, scope)) continue
      if (node.type === 'CallExpression') {
        if (listens(node, ears) && text(subjectOf(node)) === name) return true
        const at = node.arguments.findIndex((each: Node) => text(bare(each)) === name)
        if (at < 0) continue
        if (hearers.has(text(bare(node.callee)).split('.').at(-1) as string)) return true
        const called = functionOf(node.callee)
        const parameter = called?.params[at]
        if (called && parameter?.type === 'Identifier' && called !== scope && isHeard(parameter.name, called, ears))
          return true
      }
      if (node.type === 'ForOfStatement') {
        if (node.await && text(bare(node.right)) === name) return true
        const isListed =
          node.right.type === 'ArrayExpression' && node.right.elements.some((each: Node) => text(each) === name)
        const each = node.left.declarations?.[0]?.id
        if (isListed && each?.type === 'Identifier' && isHeard(each.name, node.body, ears)) return true
      }
      // Destructured: `const { stdout } = child`.
      if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern' && node.init)
        for (const { key, value } of node.id.properties)
          if (
            value?.type === 'Identifier' &&
            `${text(bare(node.init))}.${key.name}` === name &&
            isHeard(value.name, scope, ears)
          )
            return true
    }
    return false
  }

  const findings: string[] = []
  const tell = (node: Node, what: string) => {
    const line = source.slice(0, node.start).split('\n').length
    findings.push(`${file}:${line} ${what}`)
  }

  function judgeMade(node: Node, made: Made): void {
    const callee = text(bare(node.callee))
    if (made.callback && isFunction(node.arguments.at(-1) ?? node)) return
    // Up the chain of calls, and out of await and the like, to where it is kept.
    let at = node
    for (let up = parents.get(at); up; up = parents.get(at)) {
      if (up.type === 'CallExpression' && up.callee === at && listens(up, made.ears) && !made.part) return
      const passes =
        up.type === 'MemberExpression' ? up.object === at && parents.get(up)?.type === 'CallExpression' : false
      if (!passes && !(up.type === 'CallExpression' && up.callee === at) && bare(up) !== bare(at)) break
      at = up
    }
    const holder = parents.get(at)
    const isArgument = holder?.type === 'CallExpression' && holder.callee !== at
    if (isArgument && hearers.has(text(bare(holder.callee)).split('.').at(-1) as string)) return
    if (holder?.type === 'ForOfStatement' && holder.await && holder.right === at) return
    const isKept = holder?.type === 'VariableDeclarator' || holder?.type === 'AssignmentExpression'
    const name = isKept ? text(holder.id ?? holder.left) : null
    const whole = name && made.part ? `${name}.${made.part}` : name
    // What is assigned may be declared, and listened to, further out.
    const scope = holder?.type === 'VariableDeclarator' ? scopeOf(holder) : program
    if (!whole || !isHeard(whole, scope, made.ears)) tell(node, `nobody hears the errors of what ${callee} makes`)
    if (name && /^(spawn|fork)$/.test(callee.split('.').at(-1) as string))
      for (const pipe of ['stdin', 'stdout', 'stderr']) {
        const isUsed = nodes.some(
          (each) => isWithin(each, scope) && each.type === 'MemberExpression' && text(each) === `${name}.${pipe}`,
        )
        if (isUsed && !isHeard(`${name}.${pipe}`, scope, 'once'))
          tell(node, `nobody hears the errors of ${name}.${pipe}`)
      }
  }

  function judgeGiven(handler: Node | undefined, which: (parameters: number) => number, by: string): void {
    const called = functionOf(handler)
    const parameter = called?.params[which(called.params.length)]
    if (!called || parameter?.type !== 'Identifier') return
    if (!isHeard(parameter.name, called, 'once'))
      tell(parameter, `nobody hears the errors of "${parameter.name}", given by ${by}`)
  }

  for (const node of nodes) {
    if (node.type !== 'CallExpression' && node.type !== 'NewExpression') continue
    const callee = bare(node.callee)
    // A framework that is given its server hears of it what the maker of that hears.
    const made = text(node).includes('serverFactory') ? null : madeBy(callee)
    if (made) judgeMade(node, made)
    const from = imported.get(text(callee).split('.')[0] as string)?.module ?? ''
    if (made && /createServer$|^Server$/.test(text(callee)) && /^(node:)?(net|tls)$/.test(from))
      judgeGiven(node.arguments.at(-1), () => 0, text(callee))
    if (callee.type !== 'MemberExpression') continue
    if (['on', 'once', 'addListener'].includes(callee.property.name)) {
      const event = node.arguments[0]?.value
      const which = typeof event === 'string' && Object.hasOwn(given, event) ? given[event] : null
      if (which) judgeGiven(node.arguments[1], which, `the event ${event}`)
    }
    // It passes on data and no errors.
    if (callee.property.name === 'pipe') tell(node, 'pipe() leaves errors to nobody: use pipeline()')
  }
  return findings
}
