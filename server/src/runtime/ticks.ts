import { encodeRecord } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import type { LearnerShard } from '@forage/learner'

const LOOK_MS = 100
const APART_MS = 1000

/**
 * Lets time pass in a partition where nothing happens: once a decision's window is over and no record has said so, a tick does.
 * At most one a second for each partition; none while nothing is due.
 */
export function startTicks({ log, shardOf, now }: { log: EventLog; shardOf: (partition: number) => LearnerShard | null; now: () => number }): { stop(): void } {
  const tick = encodeRecord({ v: 1, kind: 'tick' })
  const last: number[] = []
  const timer = setInterval(() => {
    const time = now()
    for (let partition = 0; partition < log.partitions; partition++) {
      const due = shardOf(partition)?.due() ?? null
      if (due === null || due > time || performance.now() - (last[partition] ?? -Infinity) < APART_MS) continue
      last[partition] = performance.now()
      log.append(partition, tick).catch(() => undefined) // the next look tries again
    }
  }, LOOK_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
