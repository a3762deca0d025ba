/** A histogram in plain numbers: observing costs a search and two additions. Prometheus reads it at scrape time. */
export class PlainHistogram {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0
  count = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket += 1
    this.counts[bucket]! += 1
    this.sum += value
    this.count += 1
  }
}
