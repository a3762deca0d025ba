interface Span {
  from: number
  to: number
}

const alignment = 64

/** Hands out byte ranges of [from, to), cache-line aligned, first fit; neighbours that come back are joined. */
export class Arena {
  readonly #open: Span[]
  readonly #taken = new Map<number, number>()

  constructor(from: number, to: number) {
    this.#open = [{ from, to }]
  }

  /** Where the range starts, or `null` when none is large enough. */
  take(bytes: number): number | null {
    const length = Math.ceil(bytes / alignment) * alignment
    const at = this.#open.findIndex((span) => span.to - span.from >= length)
    if (at === -1) return null
    const span = this.#open[at]!
    const { from } = span
    span.from += length
    if (span.from === span.to) this.#open.splice(at, 1)
    this.#taken.set(from, from + length)
    return from
  }

  /** Unknown addresses are left alone, so giving back twice is harmless until the range is taken again. */
  giveBack(from: number): void {
    const to = this.#taken.get(from)
    if (to === undefined) return
    this.#taken.delete(from)
    const found = this.#open.findIndex((span) => span.from > from)
    const at = found === -1 ? this.#open.length : found
    const [before, after] = [this.#open[at - 1], this.#open[at]]
    if (before?.to === from && after?.from === to) {
      before.to = after.to
      this.#open.splice(at, 1)
    } else if (before?.to === from) before.to = to
    else if (after?.from === to) after.from = from
    else this.#open.splice(at, 0, { from, to })
  }
}
