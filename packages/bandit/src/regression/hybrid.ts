import type { Kernels } from '../kernels/kernels.ts'
import { createGram } from '../observe.ts'
import type { CandidateSet } from '../policy.ts'
import type { ArmStatistics } from '../statistics.ts'
import { factorOf, noiseOf, posteriorOf, precisionOf, type Posterior, type Prior } from './posterior.ts'
import { pullsOf, sortedIds, type Dimensions, type LinearSnapshot, type Regression } from './regression.ts'

/** An arm's block given the shared coefficients. x is its own part of the vector, z the shared part. */
interface Block {
  /** θ = A⁻¹(b − Bβ), length d − k. */
  readonly mean: Float64Array
  /** (λI + A)⁻¹, packed. */
  readonly inverse: Float64Array
  /** W = (λI + A)⁻¹B, (d − k) × k row-major: what the shared coefficients already explain of x. `null` where B = 0. */
  readonly carried: Float64Array | null
}

export interface HybridSnapshot extends LinearSnapshot {
  readonly shared: Posterior
  readonly blocks: ReadonlyMap<string, Block>
  /** Every arm that was never seen. */
  readonly prior: Block
}

/**
 * Shared coefficients over the first k coordinates plus a block per arm over the rest: Li et al. 2010, Algorithm 2, which is the joint
 * ridge regression on (z, 1{a}·x) solved block by block.
 */
export function hybridRegression({ d, sharedLength: k }: Dimensions, prior: Prior, kernels: Kernels): Regression<HybridSnapshot> {
  const own = d - k
  const invert = (arm: Readonly<ArmStatistics>) => {
    const factor = factorOf(precisionOf(arm.gram!, prior.lambda), own, kernels)
    return { factor, ...posteriorOf(arm.gram!, prior, factor, kernels), carried: solveColumns(factor, arm.cross!, own, k, kernels) }
  }
  const empty = createGram(own)
  const unseen: Block = { ...posteriorOf(empty, prior, factorOf(precisionOf(empty, prior.lambda), own, kernels), kernels), carried: null }
  const of = (snapshot: HybridSnapshot, id: string): Block => snapshot.blocks.get(id) ?? snapshot.prior
  const v = new Float64Array(k)

  return {
    derive(statistics) {
      const joint = { ...statistics.shared!, matrix: statistics.shared!.matrix.slice(), vector: statistics.shared!.vector.slice() }
      const arms = sortedIds(statistics).map((id) => ({ id, arm: statistics.arms.get(id)!, ...invert(statistics.arms.get(id)!) }))
      for (const { arm, carried, mean } of arms) eliminate(joint, arm, carried, mean, k)
      const shared = posteriorOf(joint, prior, factorOf(precisionOf(joint, prior.lambda), k, kernels), kernels)
      let explained = 0
      const blocks = new Map<string, Block>()
      for (const { id, arm, inverse, carried, mean } of arms) {
        for (let i = 0; i < own; i++) explained += mean[i]! * arm.gram!.vector[i]!
        blocks.set(id, { mean: mean.map((value, i) => value - dot(carried, i * k, shared.mean, 0, k)), inverse, carried })
      }
      // s − μᵀΛμ of the joint regression: what the blocks explain alone, and what the shared part explains of the rest
      const { a, b } = noiseOf({ ...joint, squares: joint.squares - explained }, prior, shared.mean)
      return { shape: 'hybrid', d, count: statistics.count, pulls: pullsOf(statistics), shared: { ...shared, a, b }, blocks, prior: unseen }
    },
    means(snapshot, { ids, rows }, out) {
      for (let i = 0; i < ids.length; i++)
        out[i] = dot(rows, i * d, snapshot.shared.mean, 0, k) + dot(rows, i * d + k, of(snapshot, ids[i]!).mean, 0, own)
    },
    /** s = vᵀA₀⁻¹v + xᵀA⁻¹x with v = z − Wᵀx: equation 6 of the paper with its square completed. */
    spreads(snapshot, { ids, rows }: CandidateSet, out) {
      for (let i = 0; i < ids.length; i++) {
        const { inverse, carried } = of(snapshot, ids[i]!)
        const x = rows.subarray(i * d + k, (i + 1) * d)
        for (let j = 0; j < k; j++) v[j] = rows[i * d + j]!
        if (carried !== null) for (let row = 0; row < own; row++) for (let j = 0; j < k; j++) v[j]! -= carried[row * k + j]! * x[row]!
        out[i] = kernels.quadraticForm(v, k, snapshot.shared.inverse) + kernels.quadraticForm(x, own, inverse)
      }
    },
    weights: (snapshot, id) => Float64Array.of(...snapshot.shared.mean, ...of(snapshot, id).mean),
    posterior: ({ shared }) => shared,
  }
}

/** Takes an arm's block out of the shared sums: A₀ −= BᵀW, b₀ −= Bᵀ(A⁻¹b). */
function eliminate(joint: { matrix: Float64Array; vector: Float64Array }, { cross }: Readonly<ArmStatistics>, carried: Float64Array, alone: Float64Array, k: number): void {
  for (let row = 0; row < alone.length; row++)
    for (let i = 0, at = 0; i < k; i++) {
      const value = cross![row * k + i]!
      joint.vector[i]! -= value * alone[row]!
      for (let j = 0; j <= i; j++) joint.matrix[at++]! -= value * carried[row * k + j]!
    }
}

/** Solves (LLᵀ)·out = matrix column by column; matrix and out are rows × columns, row-major. */
function solveColumns(factor: Float64Array, matrix: Float64Array, rows: number, columns: number, kernels: Kernels): Float64Array {
  const [out, column, solved] = [new Float64Array(rows * columns), new Float64Array(rows), new Float64Array(rows)]
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) column[i] = matrix[i * columns + j]!
    kernels.solve(factor, column, rows, solved)
    for (let i = 0; i < rows; i++) out[i * columns + j] = solved[i]!
  }
  return out
}

function dot(a: Float64Array, from: number, b: Float64Array, start: number, length: number): number {
  let total = 0
  for (let j = 0; j < length; j++) total += a[from + j]! * b[start + j]!
  return total
}
