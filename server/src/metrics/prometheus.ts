import cluster from 'node:cluster'
import type { Exposition } from '../http/operation.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Meter } from './meter.ts'
import { one, ReadableRegistry } from './readable-registry.ts'
import { metricsOfAll } from './worker-metrics.ts'

/** Prometheus's view of the plain numbers: read when scraped, so that requests do not pay for it. */
export function createMetrics(meter: Meter, runtime: Runtime, version: string): Exposition {
  const metrics = new ReadableRegistry()
  metrics.gauge('build_info', 'What runs here', ['version', 'node'], () => [{ labels: { version, node: process.version }, value: 1 }], 'max')
  metrics.counter('bandit_decisions_total', 'Decisions made', ['placement', 'policy'], () => [...meter.decisions.values()].map(({ placement, policy, count }) => ({ labels: { placement, policy }, value: count })))
  metrics.counter('feedback_received_total', 'Feedback events by outcome', ['outcome'], () => Object.entries(meter.feedback).map(([outcome, value]) => ({ labels: { outcome }, value })))
  metrics.counter('decision_log_failures_total', 'Decisions the log did not take', [], () => one(meter.logFailures))
  metrics.counter('decision_id_store_failures_total', "Decisions under clients' ids of which the store did not say or hear whether they are known", [], () => one(meter.storeFailures))
  metrics.gauge('event_log_away_partitions', 'Partitions of the log that do not take records', [], () => one(runtime.health.away), 'max')
  metrics.gauge('feedback_spool_records', 'Records that wait on disk until the log takes them', [], () => one(runtime.spool?.records ?? 0))
  metrics.gauge('feedback_spool_bytes', 'What they take up of the bound', [], () => one(runtime.spool?.bytes ?? 0))
  metrics.gauge('feedback_spool_oldest_seconds', 'How long the oldest has waited', [], () => one(spooledFor(runtime.spool)), 'max')
  metrics.counter('feedback_spool_drained_total', 'Records that went from the spool into the log', [], () => one(runtime.drained()))
  metrics.counter('feedback_spool_refused_total', 'Spooled records that the log will never take', [], () => one(runtime.refused()))
  metrics.counter('store_regressed_total', 'Times that the store had lost what was read from it before', [], () => one(meter.storeRegressions), 'max')
  metrics.gauge('bandit_posterior_age_seconds', 'How long the store has not been there to say that the snapshots are the newest', [], () => one(runtime.learning.age()), 'max')
  metrics.counter('bandit_posterior_rejected_total', 'Snapshots that could not be derived', [], () => one(meter.snapshotsRejected))
  metrics.counter('dead_letters_total', 'Log records no fold could read', [], () => one(meter.deadLetters))
  metrics.counter('learner_events_total', 'What the learner has counted', ['event'], () => Object.entries(runtime.counters()).map(([event, value]) => ({ labels: { event }, value })), 'max')
  metrics.gauge('feedback_consumer_lag_records', 'Records of the log that are not learned from yet', [], () => one(runtime.lag()), 'max')
  metrics.gauge('open_decisions', 'Decisions whose reward window is open', [], () => one(runtime.openDecisions()), 'max')
  metrics.gauge('bandit_posterior_observations', 'Observations in the served snapshot', ['placement'], () =>
    [...runtime.servings.values()].map(({ definition, current }) => ({ labels: { placement: definition.spec.id }, value: current.snapshot.count })),
    'max',
  )
  metrics.histogram('bandit_propensity', 'Probability of each pick in its slot', () => [{ labels: {}, histogram: meter.propensity }])
  metrics.histogram('http_server_request_duration_seconds', 'Time from the first byte in to the last byte out', () =>
    [...meter.requests.values()].map(({ route, method, status, seconds }) => ({
      labels: { http_route: route, http_request_method: method, http_response_status_code: String(status) },
      histogram: seconds,
    })),
  )
  return cluster.isWorker ? metricsOfAll(metrics.registry) : metrics.registry
}

function spooledFor(spool: Runtime['spool']): number {
  const since = spool?.oldest() ?? null
  return since === null ? 0 : Math.max(0, (Date.now() - since) / 1000)
}
