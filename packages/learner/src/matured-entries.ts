import { asOf, decodeMatured, encodeMatured, type Matured } from './matured.ts'
import type { Definition } from './definition.ts'

const PREFIX = 'decision/'

/** Side entry that holds a matured decision. */
export const decisionEntry = (id: string): string => PREFIX + id

/**
 * Matured decisions: the store holds all of them until their horizon, memory those that changed since the last save and the
 * `capacity` most recently used others that have feedback. Most never get any: those are encoded as soon as they mature, so that they leave
 * the heap at once and a save finds its bytes ready instead of making thousands of them in one go, while requests wait. Nothing is evicted
 * but by `evict`, between two batches, so what a batch was given stays.
 */
export function createMaturedEntries(capacity: number, definitionOf: (placement: string, version: number) => Definition | undefined) {
  const unsaved = new Map<string, Matured | Uint8Array | null>()
  const recent = new Map<string, Matured>()

  return {
    /** Whether `get` can answer without the store. */
    holds: (id: string) => unsaved.has(id) || recent.has(id),
    /** The entry as the record at `offset` must see it. */
    get(id: string, offset: number): Matured | undefined {
      const kept = unsaved.get(id) ?? (unsaved.has(id) ? undefined : recent.get(id))
      const entry = kept instanceof Uint8Array ? decodeMatured(id, kept, definitionOf) : kept
      return entry ? asOf(entry, offset) : undefined
    },
    /** Keeps a new or changed entry. */
    put(entry: Matured): void {
      recent.delete(entry.id)
      unsaved.set(entry.id, entry.contributions.length === 0 ? encodeMatured(entry) : entry)
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
        const ready = entry === null || entry instanceof Uint8Array
        entries.set(PREFIX + id, ready ? entry : encodeMatured(entry))
        if (!ready) recent.set(id, entry)
      }
      unsaved.clear()
    },
  }
}
