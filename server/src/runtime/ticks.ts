import { encodeRecord } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import type { LearnerShard } from '@forage/learner'

const LOOK_MS = 100
const APART_MS = 1000
/** What one tick makes mature is learned in one go, about 6 µs each: with more than this open, ticks come at every look. */
const MANY = 500
/** A partition with traffic says itself that time has passed. */
const QUIET_MS = 50

/**
 * Lets time pass in a partition where nothing happens: once a decision's window is over and no record has said so, a tick does.
 * At most one a second for each partition, unless many decisions are open; none while nothing is due.
 */
export function startTicks({ log, shardOf, now }: { log: EventLog; shardOf: (partition: number) => LearnerShard | null; now: () => number }): { stop(): void } {
  const tick = encodeRecord({ v: 1, kind: 'tick' })
  const last: number[] = []
  const timer = setInterval(() => {
    const time = now()
    for (let partition = 0; partition < log.partitions; partition++) {
      const shard = shardOf(partition)
      const due = shard?.due() ?? null
      if (shard === null || due === null || due > time) continue
      const urgent = shard.openDecisions > MANY && time - due >= QUIET_MS
      if (!urgent && performance.now() - (last[partition] ?? -Infinity) < APART_MS) continue
      last[partition] = performance.now()
      log.append(partition, tick).catch(() => undefined) // the next look tries again
    }
  }, LOOK_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
