import { seal, unseal } from './blob.ts'

const PREFIX = 'expiry/'
const CHUNK_IDS = 512
const CHUNK_CHARACTERS = 16_384
const DUES_PER_FIELD = 2048

interface SavedQueue {
  readonly head: number
  readonly next: number
  readonly due: number
  readonly tail: readonly string[]
}

/**
 * Which entries to delete when, in constant memory per 512 decisions. Ids are cut into chunks in the order of maturing; a chunk is
 * due when its last id is (dues never decrease). Full chunks are side entries, read back when they are due; the last, unfinished one
 * and the dues are fields. Where chunks are cut depends on the log alone, so every run deletes the same at the same record.
 */
export function createExpiry() {
  let head = 0 // oldest full chunk
  let next = 0 // number of the unfinished chunk
  let tail: string[] = []
  let characters = 0
  let due = 0 // latest due time of any id so far
  let changed = false
  const dues = new Map<number, number>()
  const changedDues = new Set<number>()
  const unsaved = new Map<number, readonly string[] | null>()
  const held = new Map<number, readonly string[]>()

  function finishChunk(): void {
    dues.set(next, due)
    changedDues.add(Math.floor(next / DUES_PER_FIELD))
    unsaved.set(next, tail)
    next++
    tail = []
    characters = 0
  }

  function dropHead(remove: (id: string) => void): void {
    // The runner was asked for it; were the store to have lost it, its entries would merely stay.
    for (const id of unsaved.get(head) ?? held.get(head) ?? []) remove(id)
    unsaved.set(head, null)
    held.delete(head)
    changed = true
    if (++head % DUES_PER_FIELD !== 0) return
    changedDues.add(head / DUES_PER_FIELD - 1)
    for (let chunk = head - DUES_PER_FIELD; chunk < head; chunk++) dues.delete(chunk)
  }

  return {
    /** Deletes the entry of `id` at about `dueMs`, never before. */
    add(id: string, dueMs: number): void {
      due = Math.max(due, dueMs)
      tail.push(id)
      characters += id.length
      changed = true
      if (tail.length >= CHUNK_IDS || characters >= CHUNK_CHARACTERS) finishChunk()
    },
    advance(now: number, remove: (id: string) => void): void {
      while (head < next && dues.get(head)! <= now) dropHead(remove)
      if (head < next || tail.length === 0 || due > now) return
      for (const id of tail) remove(id)
      tail = []
      characters = 0
      changed = true
    },
    /** Side entries that `advance(newest)` will need and memory does not hold. Forgets those it will not. */
    wants(newest: number): string[] {
      const keys: string[] = []
      let chunk = head
      for (; chunk < next && dues.get(chunk)! <= newest; chunk++) if (!unsaved.has(chunk) && !held.has(chunk)) keys.push(PREFIX + chunk)
      for (const number of held.keys()) if (number >= chunk) held.delete(number)
      return keys
    },
    /** False when the key is not one of ours. */
    provide(key: string, bytes: Uint8Array): boolean {
      if (!key.startsWith(PREFIX)) return false
      held.set(Number(key.slice(PREFIX.length)), unseal<string[]>(bytes, key))
      return true
    },
    restore(fields: ReadonlyMap<string, Uint8Array>): void {
      const saved = fields.get('expiry')
      if (saved === undefined) return
      const queue = unseal<SavedQueue>(saved, 'expiry')
      ;({ head, next, due } = queue)
      tail = [...queue.tail]
      characters = tail.reduce((sum, id) => sum + id.length, 0)
      for (let field = Math.floor(head / DUES_PER_FIELD); field * DUES_PER_FIELD < next; field++) {
        const list = unseal<number[]>(fields.get(`expiry/${field}`) ?? new Uint8Array(0), `expiry/${field}`)
        for (const [place, value] of list.entries()) dues.set(field * DUES_PER_FIELD + place, value)
      }
    },
    collect(fields: Map<string, Uint8Array | null>, entries: Map<string, Uint8Array | null>): void {
      if (!changed) return
      changed = false
      fields.set('expiry', seal({ head, next, due, tail } satisfies SavedQueue))
      for (const field of changedDues) {
        const from = field * DUES_PER_FIELD
        const passed = from + DUES_PER_FIELD <= head
        const list = () => Array.from({ length: Math.min(next - from, DUES_PER_FIELD) }, (_, place) => dues.get(from + place)!)
        fields.set(`expiry/${field}`, passed ? null : seal(list()))
      }
      changedDues.clear()
      for (const [chunk, ids] of unsaved) {
        entries.set(PREFIX + chunk, ids === null ? null : seal(ids))
        if (ids !== null) held.set(chunk, ids)
      }
      unsaved.clear()
    },
  }
}
