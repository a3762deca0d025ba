import type { RequestMeter } from '../http/request-log.ts'
import type { Decided } from '../recommend/record.ts'
import { PlainHistogram } from './histogram.ts'

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const PROPENSITIES = [1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9, 0.99, 1]

interface RouteCost {
  readonly route: string
  readonly method: string
  readonly status: number
  readonly seconds: PlainHistogram
}

/** Everything that is counted while requests run: plain numbers, no library. */
export class Meter implements RequestMeter {
  readonly requests = new Map<string, RouteCost>()
  /** By placement and policy. Placements are what an administrator defined, so their number is bounded. */
  readonly decisions = new Map<string, { readonly placement: string; readonly policy: string; count: number }>()
  readonly propensity = new PlainHistogram(PROPENSITIES)
  decisionsTotal = 0
  feedback = { accepted: 0, duplicate: 0, rejected: 0 }
  /** Decisions that are not in the log. */
  logFailures = 0
  /** Decisions under clients' ids of which the store did not say or hear whether they are known. */
  storeFailures = 0
  snapshotsRejected = 0
  storeRegressions = 0
  deadLetters = 0
  #last: RouteCost | null = null

  observe(route: string, method: string, status: number, seconds: number): void {
    let cost = this.#last
    if (cost === null || cost.route !== route || cost.method !== method || cost.status !== status) {
      const key = `${route} ${method} ${status}`
      cost = this.requests.get(key) ?? { route, method, status, seconds: new PlainHistogram(SECONDS) }
      this.requests.set(key, cost)
      this.#last = cost
    }
    cost.seconds.observe(seconds)
  }

  /** Called for every decision, on the hot path. */
  readonly decided = ({ serving, picks }: Decided): void => {
    serving.decisions += 1
    this.decisionsTotal += 1
    for (const { propensity } of picks) this.propensity.observe(propensity)
    const { spec } = serving.definition
    const key = spec.id + ' ' + spec.policy.name
    const counted = this.decisions.get(key)
    if (counted !== undefined) counted.count += 1
    else this.decisions.set(key, { placement: spec.id, policy: spec.policy.name, count: 1 })
  }
}
