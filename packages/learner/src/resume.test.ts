import { createHash } from 'node:crypto'
import { assert, constantFrom, integer, property } from 'fast-check'
import type { LogRecord } from '@forage/folding'
import { expect, it } from 'vitest'
import { createLearnerFold } from './fold.ts'
import { digestOf } from './merge-shards.ts'
import { aDecision, aFeedback, aPlacement, aTick, defined, logOf, type Entry } from './testing/factories.ts'
import { wilderLog } from './testing/random-log.ts'
import { applyBatch, copyOf, fold, nothingSaved, resume, save, type Saved } from './testing/run.ts'

const plain = ({ fields, entries, ...rest }: Saved) => ({
  ...rest, fields: Object.fromEntries([...fields].toSorted()), entries: Object.fromEntries([...entries].toSorted()),
})

/** One word for all that is saved: a whole-map comparison after every record would take minutes. */
function fingerprint({ fields, entries, ...rest }: Saved): string {
  const hash = createHash('sha256').update(JSON.stringify(rest))
  for (const map of [fields, entries]) for (const key of [...map.keys()].toSorted()) hash.update(`|${key}|`).update(map.get(key)!)
  return hash.digest('base64')
}

/** Folds `records` from `saved` on, one by one, and gives what was saved after each. */
function everySave(records: readonly LogRecord[], from: Saved, onSave?: (saved: Saved) => void) {
  const shard = resume(records, from)
  const saved = copyOf(from)
  const saves = records.slice(from.offset).map((record) => {
    applyBatch(shard, [record], saved)
    save(shard, saved, record.offset + 1)
    onSave?.(copyOf(saved))
    return fingerprint(saved)
  })
  return { shard, saves }
}

it('resumed after any record, it goes on to the same sums and saves the same bytes', () => {
  assert(
    property(wilderLog, (log) => {
      const records = logOf(log)
      const states: Saved[] = []
      const whole = everySave(records, nothingSaved(), (saved) => states.push(saved))
      for (const [place, at] of states.entries()) {
        const again = everySave(records, at)
        expect(again.saves).toEqual(whole.saves.slice(place + 1))
        expect(digestOf([again.shard])).toBe(digestOf([whole.shard]))
        expect({ ...again.shard.counters }).toEqual({ ...whole.shard.counters })
        expect(again.shard.due()).toBe(whole.shard.due())
      }
    }),
    { numRuns: 25, seed: 11 },
  )
})

it('saves the same bytes however the log is cut into batches', () => {
  assert(
    property(wilderLog, integer({ min: 1, max: 30 }), constantFrom(0, 2, 1000), (log, batch, recentEntries) => {
      const once = fold(log, { batch: 1000 })
      const often = fold(log, { batch, recentEntries })
      expect(plain(often.saved)).toEqual(plain(once.saved))
    }),
    { numRuns: 200, seed: 12 },
  )
})

it('folded again from the start over the entries of a run before, it is not led astray by what they know of the future', () => {
  assert(
    property(wilderLog, integer({ min: 1, max: 9 }), (log, batch) => {
      const before = fold(log, { batch })
      const again = fold(log, { batch, saved: { ...nothingSaved(), entries: new Map(before.saved.entries) } })
      expect(plain(again.saved)).toEqual(plain(before.saved))
      expect({ ...again.shard.counters }).toEqual({ ...before.shard.counters })
    }),
    { numRuns: 200, seed: 13 },
  )
})

it('taken back to an older checkpoint beside newer entries, it goes the same way again', () => {
  const late = (time: number, id: string, value: number): Entry => [time, aFeedback('d1', id, { value })]
  const log: Entry[] = [[0, defined(aPlacement())], [0, aDecision('d1')], [20_000, aTick], late(21_000, 'f1', 1), late(22_000, 'f2', 2), late(23_000, 'f3', 4)]
  const records = logOf(log)
  const states: Saved[] = []
  const whole = everySave(records, nothingSaved(), (saved) => states.push(saved))
  const back = everySave(records, { ...states[3]!, entries: new Map(states.at(-1)!.entries) })
  expect(back.saves).toEqual(whole.saves.slice(4))
  expect({ ...back.shard.counters }).toMatchObject({ feedbackDuplicate: 0, corrected: 3 })
})

it('re-reads only from the oldest record that is still needed', () => {
  const log: Entry[] = [
    [0, defined(aPlacement())],
    [0, aDecision('d1')],
    [10_000, aDecision('d2')],
    [15_000, aFeedback('d3', 'f1')], // an orphan
    [19_999, aTick],
    [20_000, aTick],
    [30_000, aTick],
    [31_000, aDecision('d3')],
    [51_000, aTick],
  ]
  const replayFrom: number[] = []
  everySave(logOf(log), nothingSaved(), (saved) => replayFrom.push(saved.replayFrom))
  expect(replayFrom).toEqual([1, 1, 1, 1, 1, 2, 3, 3, 9])
})

it('deletes entries after their horizon, at the same record in every run', () => {
  const spec = aPlacement({ reward: { windowSeconds: 1, horizonSeconds: 60 } })
  const log: Entry[] = [[0, defined(spec)], ...Array.from({ length: 1500 }, (_, n): Entry => [n, aDecision(`d${n}`)])]
  const decisions = (saved: Saved) => [...saved.entries.keys()].filter((key) => key.startsWith('decision/')).length
  const run = (batch: number, until: number) => fold([...log, [1_500 + 1_000, aTick], [until, aTick]], { batch }).saved
  expect(decisions(run(100, 3000))).toBe(1500)
  expect([...run(100, 3000).entries.keys()].filter((key) => key.startsWith('expiry/'))).toEqual(['expiry/0', 'expiry/1'])
  expect(decisions(run(100, 60_000 + 511))).toBe(1500 - 512)
  const gone = run(100, 200_000)
  expect([...gone.entries.keys()]).toEqual([])
  expect(plain(run(1, 60_700))).toEqual(plain(run(10_000, 60_700)))
})

it('refuses fields that are damaged, unknown or missing', () => {
  const log: Entry[] = [[0, defined(aPlacement())], [0, aDecision('d1', { items: ['a', 'b'] })], [20_000, aDecision('d2')]]
  const { fields } = fold(log).saved
  const restored = (changed: Map<string, Uint8Array>) => () => createLearnerFold().shard(0).restore(changed)
  expect(restored(fields)).not.toThrow()
  for (const [name, bytes] of fields) {
    const flipped = bytes.slice()
    flipped[bytes.length >> 1]! ^= 4
    expect(restored(new Map([...fields, [name, flipped]])), name).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
  }
  for (const name of ['state', 'model/0', 'model/0/shared/0', 'model/0/arm/0/b'])
    expect(restored(new Map([...fields].filter(([field]) => field !== name))), name).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
  expect(restored(new Map([...fields, ['surprise', Uint8Array.of(1)]]))).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
})
