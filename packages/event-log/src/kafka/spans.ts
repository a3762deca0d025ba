import type { FetchedRecord } from './client.ts'

/** Records of one partition without a hole between `from` and `next` (both offsets). */
interface Span {
  readonly from: number
  next: number
  readonly records: FetchedRecord[]
  bytes: number
}

/**
 * What was fetched of one partition and may be asked for next: a fetch brings whole batches, readers take less, and several of them stand at
 * different places. Holds `mostBytes`, but always the newest span.
 */
export class Spans {
  readonly #mostBytes: number
  #spans: Span[] = []

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Adds what a fetch from `from` gave; `next` is the offset after it. */
  add(from: number, next: number, records: readonly FetchedRecord[]): void {
    if (next <= from) return
    const bytes = records.reduce((sum, { value }) => sum + value.length, 0)
    const known = this.#spans.find((span) => from >= span.from && next <= span.next)
    const before = known ?? this.#spans.find((span) => span.next === from && span.bytes + bytes <= this.#mostBytes)
    if (before === undefined) this.#spans.unshift({ from, next, records: [...records], bytes })
    else {
      this.#spans = [before, ...this.#spans.filter((span) => span !== before)] // the newest is never let go
      if (known === undefined) {
        for (const record of records) before.records.push(record)
        before.next = next
        before.bytes += bytes
      }
    }
    for (let sum = this.#spans.reduce((total, span) => total + span.bytes, 0); sum > this.#mostBytes && this.#spans.length > 1; ) sum -= this.#spans.pop()!.bytes
  }

  /** The records at and after `offset` that are held, starting with `index` of `records`; null when it is not held. */
  find(offset: number): { readonly records: readonly FetchedRecord[]; readonly index: number; readonly next: number } | null {
    const span = this.#spans.find(({ from, next }) => offset >= from && offset < next)
    if (span === undefined) return null
    let [low, high] = [0, span.records.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (span.records[middle]!.offset < offset) low = middle + 1
      else high = middle
    }
    return { records: span.records, index: low, next: span.next }
  }
}
