import { ForageError } from '@forage/domain'
import type { EventLog, LogRecord } from '@forage/event-log'
import type { Fold, Shard } from './fold.ts'

export interface FoldOnceOptions<S extends Shard> {
  readonly log: EventLog
  readonly fold: Fold<S>
  readonly partition: number
  /** First offset; default: the oldest record kept. */
  readonly from?: number
  /** Offset after the last; default: the end of the log. */
  readonly to?: number
}

export interface Folded<S extends Shard> {
  readonly shard: S
  /** Offset after the last record applied. */
  readonly next: number
  /** Records no fold can read; they changed nothing. */
  readonly deadLetters: number
}

const BATCH = 1000

/**
 * Folds a range of a partition from nothing, without a store: for replays and audits. Side entries are kept in memory.
 * @throws ForageError `log_unavailable` when the log does not hold the whole range
 */
export async function foldOnce<S extends Shard>({ log, fold, partition, from, to }: FoldOnceOptions<S>): Promise<Folded<S>> {
  const [start, end] = [await log.start(partition), await log.end(partition)]
  const [first, last] = [from ?? start, to ?? end]
  if (first < start || last > end) throw new ForageError('log_unavailable', `partition ${partition} holds ${start} to ${end}, not ${first} to ${last}`, { partition, start, end })
  const shard = fold.shard(partition)
  const entries = new Map<string, Uint8Array>()
  let [next, deadLetters] = [first, 0]
  while (next < last) {
    const records = (await log.read(partition, next, { maxRecords: BATCH })).filter(({ offset }) => offset < last)
    if (records.length === 0) break // only gaps are left
    provide(shard, records, entries)
    for (const record of records) if (!apply(shard, record)) deadLetters += 1
    for (const [key, bytes] of shard.changes().entries) {
      if (bytes === null) entries.delete(key)
      else entries.set(key, bytes)
    }
    next = records.at(-1)!.offset + 1
    await new Promise((resolve) => void setImmediate(resolve)) // a long replay shares its process with others
  }
  return { shard, next: Math.max(next, last), deadLetters }
}

function provide(shard: Shard, records: readonly LogRecord[], entries: ReadonlyMap<string, Uint8Array>): void {
  const wanted = shard.wants?.(records) ?? []
  if (wanted.length === 0) return
  const found = new Map<string, Uint8Array>()
  for (const key of wanted) {
    const bytes = entries.get(key)
    if (bytes !== undefined) found.set(key, bytes)
  }
  shard.provide?.(found)
}

function apply(shard: Shard, record: LogRecord): boolean {
  try {
    shard.apply(record, false)
    return true
  } catch (error) {
    if (!(error instanceof ForageError) || error.code !== 'unreadable_record') throw error
    return false
  }
}
