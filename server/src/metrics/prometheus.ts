import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client'
import type { Runtime } from '../runtime/runtime.ts'
import type { PlainHistogram } from './histogram.ts'
import type { Meter } from './meter.ts'

/** Prometheus's view of the plain numbers: read when scraped, so that requests do not pay for it. */
export function createMetrics(meter: Meter, runtime: Runtime, version: string): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = (name: string, help: string, labelNames: string[], read: () => Iterable<Value>) => fill(new Counter({ name, help, labelNames, registers: [] }), read)
  const gauge = (name: string, help: string, labelNames: string[], read: () => Iterable<Value>) => fill(new Gauge({ name, help, labelNames, registers: [] }), read)
  const one = (value: number): Value[] => [{ labels: {}, value }]
  const metrics = [
    gauge('build_info', 'What runs here', ['version', 'node'], () => [{ labels: { version, node: process.version }, value: 1 }]),
    counter('bandit_decisions_total', 'Decisions made', ['placement', 'policy'], () => [...meter.decisions.values()].map(({ placement, policy, count }) => ({ labels: { placement, policy }, value: count }))),
    counter('feedback_received_total', 'Feedback events by outcome', ['outcome'], () => Object.entries(meter.feedback).map(([outcome, value]) => ({ labels: { outcome }, value }))),
    counter('decision_log_failures_total', 'Decisions the log did not take', [], () => one(meter.logFailures)),
    counter('decision_id_store_failures_total', "Decisions under clients' ids of which the store did not say or hear whether they are known", [], () => one(meter.storeFailures)),
    gauge('event_log_away_partitions', 'Partitions of the log that do not take records', [], () => one(runtime.health.away)),
    gauge('feedback_spool_records', 'Records that wait on disk until the log takes them', [], () => one(runtime.spool?.records ?? 0)),
    gauge('feedback_spool_bytes', 'What they take up of the bound', [], () => one(runtime.spool?.bytes ?? 0)),
    gauge('feedback_spool_oldest_seconds', 'How long the oldest has waited', [], () => one(spooledFor(runtime.spool))),
    counter('feedback_spool_drained_total', 'Records that went from the spool into the log', [], () => one(runtime.drained())),
    counter('feedback_spool_refused_total', 'Spooled records that the log will never take', [], () => one(runtime.refused())),
    counter('store_regressed_total', 'Times that the store had lost what was read from it before', [], () => one(meter.storeRegressions)),
    gauge('bandit_posterior_age_seconds', 'How long the store has not been there to say that the snapshots are the newest', [], () => one(runtime.learning.age())),
    counter('bandit_posterior_rejected_total', 'Snapshots that could not be derived', [], () => one(meter.snapshotsRejected)),
    counter('dead_letters_total', 'Log records no fold could read', [], () => one(meter.deadLetters)),
    counter('learner_events_total', 'What the learner has counted', ['event'], () => Object.entries(runtime.counters()).map(([event, value]) => ({ labels: { event }, value }))),
    gauge('feedback_consumer_lag_records', 'Records of the log that are not learned from yet', [], () => one(runtime.lag())),
    gauge('open_decisions', 'Decisions whose reward window is open', [], () => one(runtime.openDecisions())),
    gauge('bandit_posterior_observations', 'Observations in the served snapshot', ['placement'], () =>
      [...runtime.servings.values()].map(({ definition, current }) => ({ labels: { placement: definition.spec.id }, value: current.snapshot.count })),
    ),
  ]
  for (const metric of metrics) registry.registerMetric(metric)
  const register = (metric: PlainMetric) => registry.registerMetric(metric as unknown as Metric) // it needs `name`, `get` and `reset` only
  register(new PlainMetric('bandit_propensity', 'Probability of each pick in its slot', () => [{ labels: {}, histogram: meter.propensity }]))
  register(
    new PlainMetric('http_server_request_duration_seconds', 'Time from the first byte in to the last byte out', () =>
      [...meter.requests.values()].map(({ route, method, status, seconds }) => ({
        labels: { http_route: route, http_request_method: method, http_response_status_code: String(status) },
        histogram: seconds,
      })),
    ),
  )
  return registry
}

function spooledFor(spool: Runtime['spool']): number {
  const since = spool?.oldest() ?? null
  return since === null ? 0 : Math.max(0, (Date.now() - since) / 1000)
}

interface Value {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
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

interface Series {
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
