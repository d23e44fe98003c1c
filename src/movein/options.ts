import { changeOptions, findOption } from '../community/options.ts'
import { textOf } from './read.ts'
import type { Move } from './shared.ts'

/** Sections whose options mean the same here; others name servers, secrets and pictures of the source. */
const sections = new Set(['configurations', 'addons', 'text', 'colors', 'webmaster'])
const elsewhere = /^url_template|_url$|^subscription_|onboarding/

/** Moves the options of the community that Kith has. */
export async function moveOptions({ source, report, quiet }: Move): Promise<void> {
  const kith = quiet(null)
  for await (const { section, name, value } of source.list('/dynamic_preference/')) {
    const key = `${textOf(section, 100)}.${textOf(name, 100)}`
    if (!sections.has(textOf(section)) || elsewhere.test(textOf(name)) || value === null || value === undefined)
      continue
    const definition = findOption(key)
    if (!definition || definition.secret || definition.notYet) {
      if (value !== false && value !== '' && !definition) report.lacks('options', 'Kith has no such option.', key)
      continue
    }
    const { community } = kith
    const done = await report.trying('options', key, async () => {
      const { version } = community.current()
      await changeOptions(kith, kith.clock.now(), { [definition.key]: value })
      return { changed: community.current().version !== version }
    })
    if (done) report.count('options', done.changed ? 'new' : 'there')
  }
}
