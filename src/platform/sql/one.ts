import type { Db } from '../db/database.ts'
import { type Lru, lru } from '../lru.ts'
import { type Depth, fillIn } from './fill.ts'
import { isForked, take } from './fork.ts'
import { atSql } from './fragments.ts'
import {
  type Compiled,
  compile,
  type Declaration,
  type Gives,
  keyOf,
  maxKept,
  placeholders,
  type Row,
  register,
  type Takes,
  type Values,
  type Variant,
  valuesOf,
} from './statement.ts'
import { type Condition, conditionOf, hasUsual, heldSql, takeUsual, usualName } from './usual.ts'
import type { Rendering, Shown } from './view.ts'

/** A thing, as its view shows it in `json`, and what else of it is asked for. */
export type One<T extends Takes, G extends Gives, V extends Variant> = {
  /**
   * @param written whether the caller has just written it: then no fragment of it can be cached
   * @returns undefined if there is none
   */
  row(db: Db, values: Values<T>, variant: V, written?: boolean): Promise<Row<G> | undefined>
}

/**
 * Declares the reading of one thing. Like `statement`, but what its view has in fragments is read from the cache: to
 * set up the rendering of a whole view costs the database more than to render it.
 */
export function one<const T extends Takes, const G extends Gives & { json: Shown }, V extends Variant>({
  name,
  takes,
  gives,
  sql,
  eachTime,
  variants = () => [],
}: Declaration<T, G, V>): One<T, G, V> {
  const $ = placeholders(takes)
  type Text = Compiled & { usual: (Compiled & { conditions: Condition[] }) | null }
  type Texts = { [Which in Depth]?: Text } & { forked: boolean }
  let known: Lru<string, Texts> | undefined

  function textsFor(variant: V): Texts {
    known ??= lru(maxKept)
    const key = keyOf(variant)
    const kept = known.get(key)
    if (kept) return kept
    const text = sql($, variant)
    const compileOne = (depth: Depth): Text => {
      const [at, each] = [depth === 'light' ? atSql() : 'null::text', eachTime?.(variant)]
      const compileText = (usual: boolean) => {
        const { sql, conditions } = takeUsual(usual, take(depth, text))
        const whole = `select x.*, ${at} as at, ${heldSql(conditions)} as held from (${sql}) x`
        return { ...compile(whole, takes, each), conditions: conditions.map(conditionOf) }
      }
      return { ...compileText(false), usual: hasUsual(text) ? compileText(true) : null }
    }
    const forked = isForked(text)
    const texts = { forked, full: compileOne('full'), ...(forked && { light: compileOne('light') }) }
    known.set(key, texts)
    return texts
  }

  const registered = (usually: boolean) =>
    function* () {
      for (const variant of variants())
        for (const depth of ['light', 'full'] as const) {
          const text = textsFor(variant)[depth]
          const compiled = usually ? text?.usual : text
          if (compiled) yield { key: `${keyOf(variant)} ${depth}`.trim(), compiled }
        }
    }
  const given = { ...gives, at: 'text?', held: 'text' } as const
  register({ name, gives: given, variants: registered(false) })
  register({ name: usualName(name), gives: given, variants: registered(true) })

  return {
    async row(db, values, variant, written = false) {
      const texts = textsFor(variant)
      const asked = await fillIn(db, name, texts.forked && !written, (depth) => {
        const { usual, ...general } = texts[depth] as Text
        const run = async (usually: boolean) => {
          const compiled = usually && usual ? usual : general
          const sent = valuesOf(compiled, values)
          const [row] = await db.query<Row<G> & { json: string; at: string | null; held: string }>(
            compiled.text,
            sent,
            name,
          )
          return row ? { row, text: row.json, at: row.at } : null
        }
        if (!usual || !db.usual) return run(false)
        // Where there is nothing, nothing tells of the conditions either.
        return db.usual.ask(usual.conditions, values, run, (found) => {
          if (!found) return null
          const { row, text } = found
          return { held: row.held, text, whole: () => JSON.stringify({ ...row, held: '', at: '' }) }
        })
      })
      if (!asked) return undefined
      const { row, rows } = asked
      return { ...row, json: (typeof rows === 'string' ? rows : rows.map(String).join('')) as Rendering }
    },
  }
}
