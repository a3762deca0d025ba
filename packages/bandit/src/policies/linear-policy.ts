import type { PolicySpec } from '@forage/domain'
import type { CandidateSet, Policy, Scored } from '../policy.ts'
import type { LinearSnapshot, RegressionReader } from '../regression/regression.ts'
import type { StatisticsShape } from '../statistics.ts'

/** How a linear policy turns scores into probabilities. */
export interface Rule<S extends LinearSnapshot> {
  /** Reads what it needs of the candidates, once per request. */
  prepare?(snapshot: S, set: CandidateSet, scores: LinearScores): void
  /** As `Scored.probabilities`, at least one available. */
  probabilities(snapshot: S, scores: LinearScores, available: Uint8Array, out: Float64Array): void
  /** As `Scored.exploration`, from the spreads √(xᵀΛ⁻¹x). */
  exploration(snapshot: S, set: CandidateSet, deviations: Float64Array): Float64Array
}

/** A request's numbers, in buffers that the policy reuses. Arrays have length `size`. */
export interface LinearScores {
  size: number
  mean: Float64Array
  /** Room for the rule. */
  readonly scratch: { a: Float64Array; b: Float64Array; c: Float64Array; single: Float32Array }
}

/** Joins a regression and a rule. */
export function createLinearPolicy<S extends LinearSnapshot>(
  spec: Extract<PolicySpec, { initialPulls: number }>,
  d: number,
  regression: RegressionReader<S>,
  rule: Rule<S>,
  derive: Policy<S>['derive'],
): Policy<S> {
  const none = new Float64Array(0)
  const scores: LinearScores = { size: 0, mean: none, scratch: { a: none, b: none, c: none, single: new Float32Array(0) } }
  const young = new Youngest(spec.initialPulls)
  return {
    spec, d, derive,
    shape: spec.model satisfies StatisticsShape,
    score(snapshot, set): Scored {
      const size = set.ids.length
      if (scores.size !== size) {
        const { scratch } = scores
        scores.size = size
        scores.mean = new Float64Array(size)
        scratch.a = new Float64Array(size)
        scratch.b = new Float64Array(size)
        scratch.c = new Float64Array(size)
      }
      regression.means(snapshot, set, scores.mean)
      young.look(snapshot, set.ids)
      rule.prepare?.(snapshot, set, scores)
      return {
        size,
        mean: scores.mean,
        probabilities(available, out) {
          if (!young.share(available, out)) rule.probabilities(snapshot, scores, available, out)
        },
        exploration() {
          const deviations = new Float64Array(size)
          regression.spreads(snapshot, set, deviations)
          for (let i = 0; i < size; i++) deviations[i] = Math.sqrt(Math.max(deviations[i]!, 0))
          return rule.exploration(snapshot, set, deviations)
        },
      }
    },
    weights: (snapshot, id) => regression.weights(snapshot, id),
  }
}

/** Candidates that were learned from less often than `initialPulls` come first, uniformly among them. */
class Youngest {
  readonly #limit: number
  #young = new Uint8Array(0)
  #any = false

  constructor(limit: number) {
    this.#limit = limit
  }

  look({ pulls }: LinearSnapshot, ids: readonly string[]): void {
    this.#any = false
    if (this.#limit === 0) return
    if (this.#young.length < ids.length) this.#young = new Uint8Array(ids.length)
    for (let i = 0; i < ids.length; i++) {
      const isYoung = (pulls.get(ids[i]!) ?? 0) < this.#limit
      this.#young[i] = isYoung ? 1 : 0
      this.#any ||= isYoung
    }
  }

  /** Writes the probabilities when any available candidate is young; false otherwise. */
  share(available: Uint8Array, out: Float64Array): boolean {
    if (!this.#any) return false
    const { length } = available
    let count = 0
    for (let i = 0; i < length; i++) count += this.#young[i]! & available[i]!
    if (count === 0) return false
    for (let i = 0; i < length; i++) out[i] = (this.#young[i]! & available[i]!) / count
    return true
  }
}
