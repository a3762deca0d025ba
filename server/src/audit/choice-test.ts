const BINS = 21

export interface ChoiceTestResult {
  readonly statistic: number
  readonly degreesOfFreedom: number
  /** Probability of a statistic at least this large when the choices follow their probabilities. */
  readonly p: number
}

/**
 * Do realised choices follow the probabilities that were logged, over decisions that all have other candidates? Laid side by side in
 * some order fixed before the draw, the chosen one's stretch of [0, 1) holds F + p·u with u uniform: that number is uniform exactly when
 * choices follow their probabilities (the randomised probability integral transform). A χ² test over 21 bins looks at it.
 */
export class ChoiceTest {
  readonly #counts = new Float64Array(BINS)
  #total = 0

  /**
   * @param order the candidates' indices in the fixed order
   * @param u uniform in [0, 1), independent of the draw
   */
  add(probabilities: ArrayLike<number>, order: ArrayLike<number>, chosen: number, u: number): void {
    let below = 0
    for (let at = 0; order[at] !== chosen; at++) below += probabilities[order[at]!]!
    const place = below + probabilities[chosen]! * u
    this.#counts[Math.min(BINS - 1, Math.floor(place * BINS))]! += 1
    this.#total += 1
  }

  result(): ChoiceTestResult {
    const expected = this.#total / BINS
    const statistic = this.#total === 0 ? 0 : this.#counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    return { statistic, degreesOfFreedom: BINS - 1, p: chiSquareTail(statistic, BINS - 1) }
  }
}

/** P(χ² ≥ x) for an even number of degrees of freedom: the Poisson sum e^(−x/2) Σ_{k < df/2} (x/2)^k / k!. */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  const half = x / 2
  let term = Math.exp(-half)
  let sum = 0
  for (let k = 0; k < degreesOfFreedom / 2; k++) {
    sum += term
    term *= half / (k + 1)
  }
  return Math.min(1, sum)
}
