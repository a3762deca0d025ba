import type { LogRecord } from '@forage/folding'
import type { LearnerShard } from '../learner-shard.ts'
import { createLearnerFold } from '../fold.ts'
import { logOf, type Entry } from './factories.ts'

/** What a store holds of one shard. */
export interface Saved {
  readonly fields: Map<string, Uint8Array>
  readonly entries: Map<string, Uint8Array>
  replayFrom: number
  offset: number
}

export const nothingSaved = (): Saved => ({ fields: new Map(), entries: new Map(), replayFrom: 0, offset: 0 })
export const copyOf = (saved: Saved): Saved => ({ ...saved, fields: new Map(saved.fields), entries: new Map(saved.entries) })

export function save(shard: LearnerShard, saved: Saved, next: number): void {
  saveChanges(shard, saved, next)
}

/** Saves, and gives the fields that changed. */
export function saveChanges(shard: LearnerShard, saved: Saved, next: number): ReadonlyMap<string, Uint8Array | null> {
  const { fields, entries } = shard.changes()
  const write = (into: Map<string, Uint8Array>, changed: ReadonlyMap<string, Uint8Array | null>) => {
    for (const [key, bytes] of changed) {
      if (bytes === null) into.delete(key)
      else into.set(key, bytes)
    }
  }
  write(saved.fields, fields)
  write(saved.entries, entries)
  saved.offset = next
  saved.replayFrom = shard.replayFrom(next)
  return fields
}

/** Applies a batch as the runner does: entries first, then record by record. Returns the offsets of unreadable records. */
export function applyBatch(shard: LearnerShard, records: readonly LogRecord[], saved: Saved): number[] {
  const found = shard.wants(records).flatMap((key) => (saved.entries.has(key) ? [[key, saved.entries.get(key)!] as const] : []))
  shard.provide(new Map(found))
  return records.flatMap((record) => {
    try {
      shard.apply(record, false)
      return []
    } catch (error) {
      if ((error as { code?: string }).code !== 'unreadable_record') throw error
      return [record.offset]
    }
  })
}

/** Folds a whole log in batches, saving after each. `recentEntries` of 0 keeps nothing that the store has. */
export function fold(entries: readonly Entry[], { batch = 7, recentEntries = 0, saved = nothingSaved() } = {}) {
  const records = logOf(entries)
  const shard = createLearnerFold({ recentEntries }).shard(0)
  const unreadable: number[] = []
  for (let from = 0; from < records.length; from += batch) {
    unreadable.push(...applyBatch(shard, records.slice(from, from + batch), saved))
    save(shard, saved, Math.min(from + batch, records.length))
  }
  return { shard, saved, unreadable }
}

/** A new shard from what was saved, with what is not stored rebuilt from the log. */
export function resume(records: readonly LogRecord[], saved: Saved, recentEntries = 0): LearnerShard {
  const shard = createLearnerFold({ recentEntries }).shard(0)
  shard.restore(saved.fields)
  for (const record of records.slice(saved.replayFrom, saved.offset)) shard.apply(record, true)
  return shard
}
