import type { Kernels } from '../kernels/kernels.ts'
import { dot } from '../kernels/typescript/dot.ts'
import type { Gram } from '../statistics.ts'
import { factorOf, noiseOf, posteriorOf, precisionOf, type Posterior, type Prior } from './posterior.ts'

// Rounding of the running inverse grows with every update; the exact sums clear it away this often.
const REFRESH = 1024

/** A posterior that follows its Gram matrix observation by observation. Its arrays are those of `posterior`, changed in place. */
export class RunningPosterior {
  readonly posterior: { -readonly [K in keyof Posterior]: Posterior[K] }
  readonly #gram: Gram
  readonly #prior: Prior
  readonly #kernels: Kernels
  readonly #scratch: Float64Array
  #updates = 0

  /** @param gram what has been learned so far; `add` expects it to hold the observation already */
  constructor(gram: Gram, prior: Prior, kernels: Kernels) {
    this.#gram = gram
    this.#prior = prior
    this.#kernels = kernels
    this.#scratch = kernels.allocate(gram.d)
    this.posterior = this.#exact()
  }

  /** Follows one observation: Sherman–Morrison for Λ⁻¹, μ += w(r − xᵀμ)/(1 + w·xᵀΛ⁻¹x)·Λ⁻¹x. 4d² flops. */
  add(x: Float64Array, reward: number, weight: number): void {
    const { posterior } = this
    if (++this.#updates % REFRESH === 0) {
      Object.assign(posterior, this.#exact())
      return
    }
    const { mean } = posterior
    const { d } = this.#gram
    const predicted = dot(x, 0, mean, 0, d)
    const gain = this.#kernels.addToInverse(posterior.inverse, x, d, weight, this.#scratch)
    const step = (weight * (reward - predicted)) / (1 + weight * gain)
    const scratch = this.#scratch
    for (let j = 0; j < d; j++) mean[j]! += step * scratch[j]!
    const { a, b } = noiseOf(this.#gram, this.#prior, mean)
    posterior.a = a
    posterior.b = b
  }

  #exact(): Posterior {
    const gram = this.#gram
    return posteriorOf(gram, this.#prior, factorOf(precisionOf(gram, this.#prior.lambda), gram.d, this.#kernels), this.#kernels)
  }
}
