import type { EventLog } from '@forage/event-log'
import type { LearnerShard } from '@forage/learner'
import { afterEach, expect, it, vi } from 'vitest'
import { startTicks } from './ticks.ts'

afterEach(() => void vi.useRealTimers())

it.each([
  ['one a second', 3, 1500, 3],
  ['ten a second with many open decisions', 5000, 1500, 30],
  ['none while nothing is due', 5000, 1e9, 0],
])('ticks %s', (_, openDecisions, due, expected) => {
  vi.useFakeTimers()
  let ticks = 0
  const log = { partitions: 1, append: async () => void (ticks += 1) } as unknown as EventLog
  const shard = { openDecisions, due: () => due } as unknown as LearnerShard
  const { stop } = startTicks({ log, shardOf: () => shard, now: () => 2000 })
  vi.advanceTimersByTime(3000)
  stop()
  vi.advanceTimersByTime(3000)
  expect(ticks).toBe(expected)
})
