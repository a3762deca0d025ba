import { ForageError } from '@forage/domain'
import type { EventLog, LogRecord } from '@forage/event-log'
import { createLearnerFold, type LearnerShard } from '@forage/learner'

export interface Refolded {
  readonly shard: LearnerShard
  /** What the store must hold beside the state. */
  readonly entries: ReadonlyMap<string, Uint8Array>
  readonly deadLetters: readonly number[]
}

/**
 * Folds a partition from its first record to just before `to` in one go: no store, no runner, nothing that could have been interrupted.
 * `see` is shown every record.
 */
export async function refold(log: EventLog, partition: number, to: number, see: (record: LogRecord) => void): Promise<Refolded> {
  const shard = createLearnerFold().shard(partition)
  const entries = new Map<string, Uint8Array>()
  const deadLetters: number[] = []
  for (let next = await log.start(partition); next < to; ) {
    const records = (await log.read(partition, next, { maxRecords: 2000 })).filter(({ offset }) => offset < to)
    if (records.length === 0) break
    const wanted = shard.wants(records)
    shard.provide(new Map(wanted.flatMap((key) => (entries.has(key) ? [[key, entries.get(key)!] as const] : []))))
    for (const record of records) {
      see(record)
      try {
        shard.apply(record, false)
      } catch (error) {
        if (!(error instanceof ForageError) || error.code !== 'unreadable_record') throw error
        deadLetters.push(record.offset)
      }
    }
    for (const [key, bytes] of shard.changes().entries) {
      if (bytes === null) entries.delete(key)
      else entries.set(key, bytes)
    }
    next = records.at(-1)!.offset + 1
  }
  return { shard, entries, deadLetters }
}
