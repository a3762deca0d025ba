import { assert, boolean, constantFrom, integer, property } from 'fast-check'
import { digestStatistics } from '@forage/bandit'
import { expect, it } from 'vitest'
import { digestOf } from './merge-shards.ts'
import { aTick } from './testing/factories.ts'
import { randomLog } from './testing/random-log.ts'
import { reference } from './testing/reference.ts'
import { fold } from './testing/run.ts'

it('does what the plain rules say, on logs of everything', () => {
  let corrected = 0
  assert(
    property(randomLog, integer({ min: 1, max: 9 }), constantFrom(0, 3, 1000), boolean(), (log, batch, recentEntries, flush) => {
      const all = flush ? [...log, [log.at(-1)![0] + 2_000_000, aTick] as const] : log
      const { shard } = fold(all, { batch, recentEntries })
      const plain = reference(all)
      const { counters: c } = shard
      corrected += c.corrected
      expect({
        digest: digestOf([shard]), open: shard.openDecisions, matured: c.matured, discarded: c.discarded,
        accepted: c.feedbackAccepted, duplicate: c.feedbackDuplicate, conflict: c.feedbackConflict, unknownItem: c.feedbackUnknownItem,
        lost: flush ? c.feedbackExpired + c.feedbackUnmatched : 0,
      }).toEqual({
        digest: digestStatistics(plain.models), open: plain.open, matured: plain.matured, discarded: plain.count.discarded,
        accepted: plain.count.accepted, duplicate: plain.count.duplicate, conflict: plain.count.conflict, unknownItem: plain.count.unknownItem,
        lost: flush ? plain.count.lost : 0,
      })
    }),
    { numRuns: 1500, seed: 4 },
  )
  expect(corrected).toBeGreaterThan(500) // the logs do reach the late path
})
