import { ForageError } from '@forage/domain'
import type { LogRecord } from '@forage/event-log'
import type { Fold, Shard, ShardChanges } from '../fold.ts'

/**
 * The learner in small: `open` starts something that is kept in memory only, `close` counts it and leaves a side entry, `late` corrects what
 * was closed. Every value is a small whole number, so sums are exact.
 */
export type TallyRecord =
  | { readonly op: 'open' | 'late'; readonly id: string; readonly n: number }
  | { readonly op: 'close'; readonly id: string }
  | { readonly op: 'nonsense' }

export function encodeTally(record: TallyRecord): Uint8Array {
  return Buffer.from(record.op === 'nonsense' ? '{' : JSON.stringify(record))
}

export class TallyShard implements Shard {
  readonly partition: number
  /** Sum per arm; an arm is the first letter of an id. */
  readonly sums = new Map<string, number>()
  readonly #opened = new Map<string, { offset: number; n: number }>()
  /** Totals by id, `null` when there is none any more. */
  readonly #held = new Map<string, Uint8Array | null>()
  readonly #fields = new Map<string, Uint8Array | null>()
  readonly #entries = new Map<string, Uint8Array | null>()

  constructor(partition: number) {
    this.partition = partition
  }

  restore(fields: ReadonlyMap<string, Uint8Array>): void {
    for (const [arm, bytes] of fields) {
      if (bytes.length !== 8) throw new ForageError('corrupt_state', `arm ${arm} has ${bytes.length} bytes`)
      this.sums.set(arm, Buffer.from(bytes).readDoubleLE())
    }
  }

  wants(records: readonly LogRecord[]): readonly string[] {
    return [...new Set(records.flatMap(({ value }) => {
      const record = tryDecode(value)
      return record?.op === 'late' && !this.#held.has(record.id) ? [record.id] : []
    }))]
  }

  provide(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const [id, bytes] of entries) this.#held.set(id, bytes)
  }

  apply({ value, offset }: LogRecord, rebuilding: boolean): void {
    const record = tryDecode(value)
    if (record === null || record.op === 'nonsense') throw new ForageError('unreadable_record', 'nonsense')
    if (record.op === 'open') this.#opened.set(record.id, { offset, n: record.n })
    else if (record.op === 'close') this.#close(record.id, rebuilding)
    else if (!rebuilding) this.#correct(record.id, record.n)
  }

  replayFrom(next: number): number {
    return Math.min(next, ...[...this.#opened.values()].map(({ offset }) => offset))
  }

  changes(): ShardChanges {
    const changes = { fields: new Map(this.#fields), entries: new Map(this.#entries) }
    this.#fields.clear()
    this.#entries.clear()
    this.#held.clear() // from here on it must ask again
    return changes
  }

  #close(id: string, rebuilding: boolean): void {
    const opened = this.#opened.get(id)
    this.#opened.delete(id)
    if (opened !== undefined && !rebuilding) {
      this.#add(id, opened.n)
      this.#remember(id, opened.n)
    }
  }

  #correct(id: string, n: number): void {
    const held = this.#held.get(id)
    if (!held) return
    this.#add(id, n)
    const total = Buffer.from(held).readDoubleLE() + n
    this.#remember(id, total)
  }

  #add(id: string, n: number): void {
    const arm = id[0]!
    const sum = (this.sums.get(arm) ?? 0) + n
    this.#fields.set(arm, sum === 0 ? null : double(sum))
    if (sum === 0) this.sums.delete(arm)
    else this.sums.set(arm, sum)
  }

  /** A total of 0 is forgotten. */
  #remember(id: string, total: number): void {
    const bytes = total === 0 ? null : double(total)
    this.#entries.set(id, bytes)
    this.#held.set(id, bytes)
  }
}

export const tallyFold: Fold<TallyShard> = { name: 'tally', shard: (partition) => new TallyShard(partition) }

function tryDecode(value: Uint8Array): TallyRecord | null {
  try {
    return JSON.parse(Buffer.from(value).toString()) as TallyRecord
  } catch {
    return null
  }
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}
