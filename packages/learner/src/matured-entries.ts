import type { Definition } from './definition.ts'
import { asOf, type Matured } from './matured.ts'
import { decodeMatured, encodeMatured } from './saved-matured.ts'

const PREFIX = 'decision/'

/** Side entry that holds a matured decision. */
export const decisionEntry = (id: string): string => PREFIX + id

/**
 * Matured decisions: the store holds all of them until their horizon, memory those that changed since the last save and the
 * `capacity` most recently used others that got feedback late; most never do. All are kept as the bytes that are saved: they leave the heap as
 * soon as they mature, and a save finds its bytes ready instead of making thousands of them in one go, while requests wait. Nothing is
 * evicted but by `evict`, between two batches, so what a batch was given stays.
 */
export function createMaturedEntries(capacity: number, definitionOf: (placement: string, version: number) => Definition | undefined) {
  const unsaved = new Map<string, Uint8Array | null>()
  const recent = new Map<string, Uint8Array>()
  const late = new Set<string>() // of `unsaved`: those that changed after they had matured

  return {
    /** Whether `get` can answer without the store. */
    holds: (id: string) => unsaved.has(id) || recent.has(id),
    /** The entry as the record at `offset` must see it: a copy. */
    get(id: string, offset: number): Matured | undefined {
      const bytes = unsaved.get(id) ?? (unsaved.has(id) ? undefined : recent.get(id))
      const entry = bytes && decodeMatured(id, bytes, definitionOf)
      return entry ? asOf(entry, offset) : undefined
    },
    /** Keeps a new or changed entry, as it is now. */
    put(entry: Matured): void {
      const { id } = entry
      if (recent.delete(id) || unsaved.has(id)) late.add(id)
      unsaved.set(id, encodeMatured(entry))
    },
    remove(id: string): void {
      recent.delete(id)
      unsaved.set(id, null)
    },
    /** Takes an entry read from the store; what memory knows is newer. @throws ForageError `corrupt_state` */
    provide(key: string, bytes: Uint8Array): void {
      const id = key.slice(PREFIX.length)
      if (unsaved.has(id) || recent.has(id)) return
      if (decodeMatured(id, bytes, definitionOf) !== null) recent.set(id, bytes)
    },
    evict(): void {
      for (const id of recent.keys()) {
        if (recent.size <= capacity) break
        recent.delete(id)
      }
    },
    /** Adds what must be saved to `entries`. */
    collect(entries: Map<string, Uint8Array | null>): void {
      for (const [id, bytes] of unsaved) {
        entries.set(PREFIX + id, bytes)
        if (bytes !== null && late.has(id)) recent.set(id, bytes)
      }
      unsaved.clear()
      late.clear()
    },
  }
}
