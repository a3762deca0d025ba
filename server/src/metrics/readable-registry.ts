import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client'
import type { PlainHistogram } from './histogram.ts'

export interface Value {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export const one = (value: number): Value[] => [{ labels: {}, value }]

/** A registry for metrics whose values are read when they are scraped, with Node's own already in it. */
export class ReadableRegistry {
  readonly registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** @param aggregator what several workers' values are together: `max` for what each of them counts of the same thing */
  counter(name: string, help: string, labelNames: string[], read: () => Iterable<Value>, aggregator: 'sum' | 'max' = 'sum'): void {
    this.registry.registerMetric(fill(new Counter({ name, help, labelNames, aggregator, registers: [] }), read))
  }

  /** @param aggregator as of `counter` */
  gauge(name: string, help: string, labelNames: string[], read: () => Iterable<Value>, aggregator: 'sum' | 'max' = 'sum'): void {
    this.registry.registerMetric(fill(new Gauge({ name, help, labelNames, aggregator, registers: [] }), read))
  }

  histogram(name: string, help: string, read: () => Series[]): void {
    const metric = new PlainMetric(name, help, read)
    this.registry.registerMetric(metric as unknown as Metric) // it needs `name`, `get` and `reset` only
  }
}

/** Makes a metric whose values are read when it is scraped. */
function fill<M extends Counter | Gauge>(metric: M, read: () => Iterable<Value>): M {
  const get = metric.get.bind(metric)
  metric.get = async () => {
    metric.reset()
    for (const { labels, value } of read()) metric.inc(labels, value)
    return get()
  }
  return metric
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly histogram: PlainHistogram
}

/** Hands plain histograms to prom-client's text format. */
class PlainMetric {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  readonly aggregator = 'sum'
  readonly #read: () => Series[]

  constructor(name: string, help: string, read: () => Series[]) {
    this.name = name
    this.help = help
    this.#read = read
  }

  async get() {
    const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = []
    for (const { labels, histogram } of this.#read()) {
      let below = 0
      histogram.bounds.forEach((le, bucket) => {
        below += histogram.counts[bucket]!
        values.push({ metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: below })
      })
      values.push({ metricName: `${this.name}_bucket`, labels: { ...labels, le: '+Inf' }, value: histogram.count })
      values.push({ metricName: `${this.name}_sum`, labels, value: histogram.sum })
      values.push({ metricName: `${this.name}_count`, labels, value: histogram.count })
    }
    return { name: this.name, help: this.help, type: this.type, values, aggregator: this.aggregator }
  }

  reset(): void {}
}
