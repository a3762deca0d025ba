import { asOf, decodeMatured, encodeMatured, type Matured } from './matured.ts'
import type { Definition } from './definition.ts'

const PREFIX = 'decision/'

/** Side entry that holds a matured decision. */
export const decisionEntry = (id: string): string => PREFIX + id

/**
 * Matured decisions: the store holds all of them until their horizon, memory those that changed since the last save and the
 * `capacity` most recently used others that have feedback (most never get any, and would only fill the heap). Nothing is evicted but by
 * `evict`, between two batches, so what a batch was given stays.
 */
export function createMaturedEntries(capacity: number, definitionOf: (placement: string, version: number) => Definition | undefined) {
  const unsaved = new Map<string, Matured | null>()
  const recent = new Map<string, Matured>()

  return {
    /** Whether `get` can answer without the store. */
    holds: (id: string) => unsaved.has(id) || recent.has(id),
    /** The entry as the record at `offset` must see it. */
    get(id: string, offset: number): Matured | undefined {
      const entry = unsaved.get(id) ?? (unsaved.has(id) ? undefined : recent.get(id))
      return entry && asOf(entry, offset)
    },
    /** Keeps a new or changed entry. */
    put(entry: Matured): void {
      recent.delete(entry.id)
      unsaved.set(entry.id, entry)
    },
    remove(id: string): void {
      recent.delete(id)
      unsaved.set(id, null)
    },
    /** Takes an entry read from the store; what memory knows is newer. @throws ForageError `corrupt_state` */
    provide(key: string, bytes: Uint8Array): void {
      const id = key.slice(PREFIX.length)
      if (unsaved.has(id) || recent.has(id)) return
      const entry = decodeMatured(id, bytes, definitionOf)
      if (entry !== null) recent.set(id, entry)
    },
    evict(): void {
      for (const id of recent.keys()) {
        if (recent.size <= capacity) break
        recent.delete(id)
      }
    },
    /** Adds what must be saved to `entries`. */
    collect(entries: Map<string, Uint8Array | null>): void {
      for (const [id, entry] of unsaved) {
        entries.set(PREFIX + id, entry === null ? null : encodeMatured(entry))
        if (entry !== null && entry.contributions.length > 0) recent.set(id, entry)
      }
      unsaved.clear()
    },
  }
}
