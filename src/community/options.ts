import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { Kith, MemberCtx } from '../context.ts'
import { ownPictures } from '../pictures/paths.ts'
import { type ErrorItem, Refusal } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { optionUpdated } from './events.ts'
import { readPreference } from './parse-preference.ts'
import { findPreferenceByKey, findPreferenceByName, type PreferenceDefinition } from './preferences.ts'
import type { Community } from './state.ts'

/** An option as the API shows it. A secret can be written, never read. */
export type Option = { id: number; section: string; name: string; value: boolean | number | string }

export const showOption = (definition: PreferenceDefinition, community: Community): Option =>
  showValue(definition, community.options[definition.key], community)

/**
 * An option as it would be shown with a value. Paths of our pictures become whole addresses, since clients' pages are
 * elsewhere.
 */
function showValue({ id, section, name, secret }: PreferenceDefinition, value: Option['value'], of: Community): Option {
  const ours = Object.values<unknown>(ownPictures).includes(value)
  return { id, section, name, value: secret ? '' : ours ? `${of.publicAddress}${value}` : value }
}

/** The option with a name, or with section.name. */
export const findOption = (called: string) => findPreferenceByName(called) ?? findPreferenceByKey(called)

const locking = statement({
  name: 'community: lock',
  takes: {},
  gives: { version: 'int' },
  sql: () => 'select version from community for update',
})

const stored = statement({
  name: 'community: stored options',
  takes: {},
  gives: { name: 'text', value: 'json' },
  sql: () => 'select name, value::json from preference',
})

const changing = statement({
  name: 'community: change options',
  // Each change has the name of the option, its value, and the option as it is shown then.
  takes: { changes: 'json', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with stored as (
      insert into preference (name, value, updated_at)
      select name, value, ${$.now} from json_to_recordset(${$.changes}) as change(name text, value jsonb)
      on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at
    ), emitted as (
      ${emit($.now, [optionUpdated, 'shown::text', `from json_to_recordset(${$.changes}) as change(shown json)`])}
    )
    update community set version = version + 1`,
})

/**
 * Changes options of the community: all of them, or none if one is refused. Setting an option to its present value
 * changes nothing and emits nothing.
 * @param sent values by name; text is converted if it is unmistakable
 * @param ctx of the administrator; missing on the command line
 * @returns the definitions of the options named, in the order sent
 */
export async function changeOptions(
  kith: Kith,
  now: Date,
  sent: Record<string, unknown>,
  ctx?: MemberCtx,
): Promise<PreferenceDefinition[]> {
  const errors: ErrorItem[] = []
  const wanted: { definition: PreferenceDefinition; value: boolean | number | string }[] = []
  for (const [name, raw] of Object.entries(sent)) {
    const definition = findOption(name)
    const parsed = definition
      ? readPreference(definition, raw)
      : {
          error: {
            code: 'unknown',
            message: 'No option has this name. GET /api/v2/dynamic_preference/ lists all.',
          },
        }
    if ('error' in parsed) errors.push({ field: name, messages: [parsed.error] })
    else if (definition) wanted.push({ definition, value: parsed.value })
  }
  if (!wanted.length && !errors.length)
    errors.push({ code: 'required', message: 'Name at least one option, as {"name": value}.' })
  if (errors.length) throw new Refusal(400, errors)

  const changed = await kith.db.transaction(async (tx) => {
    // The community's row is the lock: two changes at once come one after the other.
    await locking.rows(tx, {})
    if (ctx) await lookAgain(tx, ctx, admin)
    const before = new Map((await stored.rows(tx, {})).map((row) => [row.name, row.value]))
    const really = wanted.filter(
      ({ definition, value }) =>
        (before.has(definition.name) ? before.get(definition.name) : definition.default) !== value,
    )
    if (!really.length) return false
    const community = kith.community.current()
    const changes = really.map(({ definition, value }) => ({
      name: definition.name,
      value,
      shown: showValue(definition, value, community),
    }))
    await changing.rows(tx, { changes: JSON.stringify(changes), now })
    return true
  })
  if (changed) await kith.community.refresh()
  return wanted.map(({ definition }) => definition)
}
