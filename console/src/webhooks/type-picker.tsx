import { useState } from 'preact/hooks'
import type { EventType } from '../types.ts'

const familyOf = (type: string) => type.split('.')[0] as string
const titleOf = (family: string) => {
  const words = family.replaceAll('_', ' ')
  return words[0]?.toUpperCase() + words.slice(1)
}

type Props = { types: EventType[]; chosen: Set<string>; onChange(chosen: Set<string>): void; fault?: string }

/** Types of events, by what they are about: some are chosen, by one or by the group. */
export function TypePicker({ types, chosen, onChange, fault }: Props) {
  const [sought, setSought] = useState('')
  const found = types.filter(({ type }) => type.includes(sought.trim().toLowerCase().replaceAll(' ', '_')))
  const families = [...new Set(found.map(({ type }) => familyOf(type)))]
  const set = (names: string[], on: boolean) => {
    const next = new Set(chosen)
    for (const each of names) on ? next.add(each) : next.delete(each)
    onChange(next)
  }
  return (
    <fieldset class="picker" aria-describedby={fault ? 'picker-fault' : undefined}>
      <legend>Events</legend>
      <div class="filters">
        <div class="field">
          <label for="picker-search">Search events</label>
          <input
            id="picker-search"
            type="search"
            placeholder="connection"
            value={sought}
            onInput={(event) => setSought(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          />
        </div>
        <p class="faint" role="status">
          {chosen.size === 0 ? 'None chosen' : chosen.size === 1 ? 'One chosen' : `${chosen.size} chosen`}
          {found.length < types.length ? `, ${found.length} of ${types.length} shown` : ''}
        </p>
        {chosen.size > 0 && (
          <button type="button" class="small" onClick={() => onChange(new Set())}>
            Choose none
          </button>
        )}
      </div>
      {fault && (
        <p class="fault" id="picker-fault">
          {fault}
        </p>
      )}
      {found.length === 0 && <p class="faint">No event is called that.</p>}
      <div class="scroller">
        <div class="families">
          {families.map((family) => {
            const names = found.filter(({ type }) => familyOf(type) === family)
            const all = names.every(({ type }) => chosen.has(type))
            const some = names.some(({ type }) => chosen.has(type))
            return (
              <fieldset key={family}>
                <legend>
                  <label>
                    <input
                      type="checkbox"
                      checked={all}
                      ref={(box) => {
                        if (box) box.indeterminate = some && !all
                      }}
                      onChange={(event) =>
                        set(
                          names.map(({ type }) => type),
                          event.currentTarget.checked,
                        )
                      }
                    />{' '}
                    {titleOf(family)}
                  </label>
                </legend>
                {names.map(({ type, emitted, documented }) => (
                  <label key={type} class="type">
                    <input
                      type="checkbox"
                      checked={chosen.has(type)}
                      onChange={(event) => set([type], event.currentTarget.checked)}
                    />{' '}
                    <code>{type}</code>
                    {!emitted && <small> not told yet</small>}
                    {!documented && <small> of Kith’s own</small>}
                  </label>
                ))}
              </fieldset>
            )
          })}
        </div>
      </div>
    </fieldset>
  )
}
