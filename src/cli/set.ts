import { changeOptions, showOption } from '../community/options.ts'
import { type Said, say } from './say.ts'
import { changeKith } from './with-kith.ts'

/** Sets an option of the community, as an administrator does through the API. */
export const setOption = (name: string, value: string, said: Said = {}) =>
  changeKith('set', { [name]: value }, async (kith) => {
    const [definition] = await changeOptions(kith, kith.clock.now(), { [name]: value })
    if (!definition) return
    const shown = showOption(definition, kith.community.current())
    const set = definition.secret ? '(secret)' : JSON.stringify(shown.value)
    say(
      said,
      { option: definition.key, ...(!definition.secret && { value: shown.value }) },
      `${definition.key} = ${set}`,
    )
  })
