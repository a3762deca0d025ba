import { type Arbitrary, array, boolean, constantFrom, integer, nat, record } from 'fast-check'
import type { Aggregation, InteractionRecord } from '@forage/domain'
import { aDecision, aFeedback, anActivation, aPlacement, aTick, defined, type Entry } from './factories.ts'

const step = record({
  kind: constantFrom('decision', 'decision', 'again', 'feedback', 'feedback', 'feedback', 'feedback', 'activation', 'tick'),
  gap: constantFrom(0, 0, 1, 1, 900, 900, 4_999, 4_999, 5_000, 19_999, 20_000, 39_999, 40_000, 600_000),
  who: nat(6),
  deferred: boolean(),
  item: constantFrom(undefined, 'a', 'b', 'c', 'nobody'),
  feedback: nat(5),
  event: constantFrom('click', 'buy', 'seen'),
  value: constantFrom(1, 1, -1, 2, 0.3, -0.7),
  final: integer({ min: 0, max: 9 }).map((n) => n === 0),
  x: array(constantFrom(-1, 0, 0.25, 3), { minLength: 3, maxLength: 3 }),
  second: boolean(),
})

/**
 * Logs in which everything happens: two placements, duplicates, conflicts, orphans, deferral, finals, late feedback, retractions,
 * jumps of time. `again: 'soon'` repeats a decision record only within the horizon of the first; after it the id may be anyone's.
 */
const logs = (again: 'soon' | 'ever'): Arbitrary<Entry[]> =>
  record({
    steps: array(step, { minLength: 12, maxLength: 60, size: 'max' }),
    aggregation: constantFrom<Aggregation>('sum', 'first', 'last', 'max', 'min', 'mean'),
    examined: constantFrom<'all' | 'clicked-and-above'>('all', 'clicked-and-above'),
    scaling: constantFrom<'none' | 'unit'>('none', 'unit'),
    defaultReward: constantFrom(0, -0.5, 99),
  })
  .map(({ steps, aggregation, examined, ...reward }) => {
    let now = 1_000_000
    const log: Entry[] = [
      [now, defined(aPlacement({ examined, reward: { aggregation, ...reward } }))],
      [now, defined(aPlacement({ id: 'other', reward: { aggregation, range: [-2, 3], windowSeconds: 5, horizonSeconds: 700 } }), 4)],
    ]
    const decided = new Map<string, { record: InteractionRecord; until: number }>()
    for (const { kind, gap, who, deferred, item, feedback, event, value, final, x, second } of steps) {
      now += gap
      const id = `d${who}`
      const known = decided.get(id)
      if ((kind === 'decision' && !known) || (kind === 'again' && known && (again === 'ever' || now < known.until))) {
        const record = known?.record ?? aDecision(id, { deferred, x, items: ['a', 'b', 'c'].slice(0, 1 + (who % 3)), ...(second && { placement: 'other', version: 4, model: 'other/model' }) })
        if (!known) decided.set(id, { record, until: now + (second ? 700_000 : 60_000) })
        log.push([now, record])
      } else if (kind === 'feedback') {
        log.push([now, aFeedback(id, `f${feedback}`, { event, value, final, ...(item !== undefined && { itemId: item }) })])
      } else if (kind === 'activation') log.push([now, anActivation(id)])
      else log.push([now, aTick])
    }
    return log
  })

export const randomLog = logs('soon')
export const wilderLog = logs('ever')
