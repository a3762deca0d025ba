import type { PolicySpec } from '@forage/domain'
import type { Kernels } from '../kernels/kernels.ts'
import type { Policy } from '../policy.ts'
import type { Prior } from '../regression/posterior.ts'
import { deriveShared, sharedRegression, type SharedSnapshot } from '../regression/shared.ts'
import { seeded } from '../rng.ts'
import { createLinearPolicy } from './linear-policy.ts'

type Spec = Extract<PolicySpec, { name: 'linear-thompson' }>

interface Drawn extends SharedSnapshot {
  /** Posterior draws of the coefficients, M × d. */
  readonly draws: Float32Array
}

/**
 * Thompson sampling with one regression for all: M draws of the coefficients belong to the snapshot, and a candidate's probability is
 * the share of draws under which it is best.
 */
export function sharedThompson(spec: Spec, d: number, prior: Prior, kernels: Kernels): Policy<Drawn> {
  const regression = sharedRegression(d, prior, kernels)
  let scores: Float32Array = new Float32Array(0)
  return createLinearPolicy<Drawn>(
    spec, d, regression,
    {
      prepare({ draws }, { ids, rows }) {
        if (scores.length < ids.length * spec.draws) scores = kernels.allocateFloat32(ids.length * spec.draws)
        kernels.scoreDraws(rows, ids.length, d, draws, spec.draws, scores)
      },
      probabilities: (_snapshot, { size }, available, out) => kernels.bestShares(scores, size, spec.draws, available, out),
      exploration: (snapshot, _set, deviations) => {
        const noise = deviationOf(spec, snapshot.posterior)
        return deviations.map((deviation) => noise * deviation)
      },
    },
    (statistics, seed) => {
      const { snapshot, factor } = deriveShared(statistics, prior, kernels)
      return { ...snapshot, draws: drawsOf(spec, snapshot, factor, seed, kernels) }
    },
  )
}

/** √E[σ²], infinite for NIG with a ≤ 1; then the scale √(b/a) is what is left to show. */
export function deviationOf({ noise, variance }: Spec, { a, b }: { a: number; b: number }): number {
  return Math.sqrt(noise === 'known' ? variance : a > 1 ? b / (a - 1) : b / a)
}

/** Draws in this order, of `seeded(seed:count)`: all M × d normals, draw by draw; then, for NIG, M gammas for σ² = b / gamma(a). */
function drawsOf(spec: Spec, { d, count, posterior }: SharedSnapshot, factor: Float64Array, seed: string, kernels: Kernels): Float32Array {
  const rng = seeded(`${seed}:${count}`)
  const normals = new Float64Array(spec.draws * d)
  for (let index = 0; index < normals.length; index++) normals[index] = rng.normal()
  const scales = new Float64Array(spec.draws).fill(Math.sqrt(spec.variance))
  if (spec.noise === 'nig') for (let m = 0; m < spec.draws; m++) scales[m] = Math.sqrt(posterior.b / rng.gamma(posterior.a))
  const draws = kernels.allocateFloat32(spec.draws * d)
  kernels.draws(factor, posterior.mean, d, normals, scales, draws)
  return draws
}
