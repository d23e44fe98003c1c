// Traces of errors name the sources, not the files that they were put together in (bundle.mjs).
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const maps = new Map()

/** The map of a file, read as the first error comes from it; null if it has none. */
function mapOf(file) {
  if (!maps.has(file)) {
    let map = null
    try {
      map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')))
    } catch {
      // A trace is shown as it is then.
    }
    maps.set(file, map)
  }
  return maps.get(file)
}

const inBundle = /file:\/\/\/[^\s()]*\/bin\/built\/[^\s()]*\.mjs:\d+:\d+/

function placeInSource(place) {
  const [, url, line, column] = /^(.*):(\d+):(\d+)$/.exec(place)
  const file = fileURLToPath(url)
  const found = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1)
  if (!found?.originalSource) return place
  return `${resolve(file, '..', found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`
}

Error.prepareStackTrace = (error, sites) =>
  [
    Error.prototype.toString.call(error),
    ...sites.map((site) => `    at ${String(site).replace(inBundle, placeInSource)}`),
  ].join('\n')
