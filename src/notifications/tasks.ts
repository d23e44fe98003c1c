import { loadCommunity } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { failpoint } from '../platform/failpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { typeOf } from './declare.ts'
import { type EndsWith, endSome } from './end.ts'
import { lockBoxes } from './lock.ts'
import { someOfAudience, tellLocked } from './tell.ts'

const taking = statement({
  name: 'notifications: take a task',
  takes: { above: 'bigint' },
  gives: { id: 'bigint', task: 'text', of: 'bigint[]', after: 'bigint', type: 'int?', kind: 'int?', part: 'int?' },
  // The oldest first; rows locked by another node are left to it.
  sql: ($) => `select t.id, t.task, t.of, t.after, n.type::int as type, n.kind::int as kind,
      n.part_kind::int as part from notification_task t
    left join notification_notice n on t.task = 'tell' and n.id = t.of[1]
    where t.id > ${$.above} order by t.id limit 1 for update of t skip locked`,
})

const goingOn = statement({
  name: 'notifications: how far a task is',
  takes: { id: 'bigint', after: 'bigint' },
  gives: {},
  sql: ($) => `update notification_task set after = ${$.after} where id = ${$.id}`,
})

const finishing = statement({
  name: 'notifications: a task is done',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `delete from notification_task where id = ${$.id}`,
})

/**
 * Does a step of a task, in one transaction that notes how far it came. @returns the id of the task; null if there is
 * none
 */
async function doSome({ db, clock }: Kith, above: number): Promise<{ id: number; done: boolean } | null> {
  return db.transaction(async (tx) => {
    const task = await taking.row(tx, { above })
    if (!task) return null
    const { id, of } = task
    let after: number | null = null
    if (task.task !== 'tell') {
      if (await endSome(tx, task.task as EndsWith, of)) return { id, done: false }
    } else {
      const type = task.type === null ? undefined : typeOf(task.type)
      const notice = of[0] as number
      if (type?.audience) {
        const community = await loadCommunity(tx)
        const { members, last } = await someOfAudience(tx, community, type, notice, task.after)
        const there = members.length ? await lockBoxes(tx, members) : []
        const telling = { id: notice, type, kind: task.kind ?? 0, part: task.part ?? 0 }
        await tellLocked(tx, telling, there, community, clock.now())
        after = last
      }
    }
    if (after === null) await finishing.rows(tx, { id })
    else await goingOn.rows(tx, { id, after })
    return { id, done: after === null }
  })
}

/**
 * Continues what acts have left to tasks: tells the rest of many members, removes the rest of many notifications.
 * Each step is a transaction that notes how far it came. After a crash any node goes on from there, and nobody is
 * told twice.
 */
export async function doTasks(kith: Kith, stopped = () => false): Promise<void> {
  for (let above = 0; !stopped(); ) {
    const some = await doSome(kith, above)
    if (!some) return
    failpoint('some notified')
    if (some.done) above = some.id
    else above = some.id - 1
  }
}
