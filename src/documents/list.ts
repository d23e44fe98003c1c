import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** A document: its file, relative to the repository, and its address, as `/docs/webhooks`. */
export type Document = { file: string; at: string; title: string }

/** The documents of the site, in reading order. Missing files are left out. */
const chapters: [string, [file: string, title: string][]][] = [
  [
    'Begin',
    [
      ['README.md', 'Quick start'],
      ['docs/installing.md', 'Installing'],
      ['docs/moving.md', 'Moving in, saving, moving'],
      ['docs/modes.md', 'Friendship or follow'],
    ],
  ],
  [
    'Build',
    [
      ['docs/authentication.md', 'Authentication'],
      ['docs/friendship.md', 'Friendship, act by act'],
      ['docs/webhooks.md', 'Webhooks'],
      ['docs/integrating.md', 'Building on Kith'],
      ['docs/web.md', 'The front'],
      ['docs/not-built.md', 'What is not there'],
    ],
  ],
  [
    'Operate',
    [
      ['docs/operating.md', 'Operating'],
      ['docs/console.md', 'The console'],
      ['docs/upgrading.md', 'Upgrading'],
      ['docs/sizing.md', 'Sizing'],
      ['docs/past-one-machine.md', 'Past one machine'],
      ['SECURITY.md', 'Security'],
      ['CHANGELOG.md', 'Changelog'],
    ],
  ],
  [
    'Work on it',
    [
      ['CONTRIBUTING.md', 'Contributing'],
      ['docs/ARCHITECTURE.md', 'Architecture'],
      ['docs/adding-an-endpoint.md', 'Adding an endpoint'],
      ['docs/performance.md', 'Performance'],
      ['docs/decisions/README.md', 'Decisions'],
    ],
  ],
]

export type Site = {
  chapters: { title: string; documents: Document[] }[]
  /** Every document by its address, also those that no chapter names. */
  byAddress: Map<string, Document>
  byFile: Map<string, Document>
  /** Files that documents link to, served as they are. */
  sources: Set<string>
}

const addressOf = (file: string) =>
  file === 'README.md'
    ? '/docs'
    : `/docs/${file
        .replace(/^docs\//, '')
        .replace(/(\/README)?\.md$/, '')
        .toLowerCase()}`

const filesOf = (folder: string, name: RegExp) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder))
        .filter((each) => name.test(each))
        .sort()
        .map((each) => `${folder}/${each}`)
    : []

/** The documents of the site. Read once: documents change with the program. */
export function listDocuments(): Site {
  const byFile = new Map<string, Document>()
  const add = (file: string, title: string): Document => {
    const made = { file, at: addressOf(file), title }
    byFile.set(file, made)
    return made
  }
  const listed = chapters.map(([title, files]) => ({
    title,
    documents: files.filter(([file]) => existsSync(join(root, file))).map(([file, name]) => add(file, name)),
  }))
  for (const file of [...filesOf('docs', /\.md$/), ...filesOf('docs/decisions', /\.md$/)])
    if (!byFile.has(file)) add(file, nameOf(file))
  const sources = new Set([
    ...['Dockerfile', 'compose.yaml', 'LICENSE', 'examples/README.md'].filter((file) => existsSync(join(root, file))),
    ...filesOf('docs', /\.(ya?ml|json)$/),
    ...filesOf('deploy', /^[\w.-]+$/),
    ...filesOf('examples', /\.ts$/),
  ])
  const byAddress = new Map([...byFile.values()].map((each) => [each.at, each]))
  return { chapters: listed, byAddress, byFile, sources }
}

/** The title of a document that no chapter names: `0039-search.md` is "39. Search". */
function nameOf(file: string): string {
  const [, number, words = ''] = /(?:(\d{4})-)?([^/]+)\.md$/.exec(file) ?? []
  const said = words.replaceAll('-', ' ')
  return `${number ? `${Number(number)}. ` : ''}${said.slice(0, 1).toUpperCase()}${said.slice(1)}`
}
