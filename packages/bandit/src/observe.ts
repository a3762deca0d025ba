import { ForageError } from '@forage/domain'
import { kernels } from './kernels/default.ts'
import type { Kernels } from './kernels/kernels.ts'
import { triangle } from './kernels/shapes.ts'
import type { ArmStatistics, Gram, ModelStatistics, StatisticsShape } from './statistics.ts'

// Unique in the process, so that a revision never returns with other sums behind it, not even after shards moved.
let revisions = 0

/** A revision number no statistics of this process had before. */
export const nextRevision = (): number => ++revisions

export const createGram = (d: number, placed?: Pick<Kernels, 'allocate'>): Gram => ({ d, matrix: placed?.allocate(triangle(d)) ?? new Float64Array(triangle(d)), vector: new Float64Array(d), weight: 0, squares: 0 })

/**
 * Empty statistics. `sharedLength` is k for `hybrid` (0 < k < d) and 0 otherwise.
 * @throws ForageError `shape_mismatch` when the lengths do not fit the shape
 */
export function createStatistics(shape: StatisticsShape, d: number, sharedLength: number): ModelStatistics {
  const fits = Number.isInteger(d) && d >= (shape === 'counts' ? 0 : 1) && (shape === 'hybrid' ? sharedLength > 0 && sharedLength < d : sharedLength === 0)
  if (!fits) throw new ForageError('shape_mismatch', `no ${shape} statistics of d = ${d} with ${sharedLength} shared`, { shape, d, sharedLength })
  const shared = shape === 'shared' ? createGram(d) : shape === 'hybrid' ? createGram(sharedLength) : null
  return { shape, d, sharedLength, count: 0, shared, arms: new Map(), revision: nextRevision() }
}

/** @param placed where the sums of a regression live; for those that are learned from often, where the kernels work in place */
export function createArm({ shape, d, sharedLength }: Pick<ModelStatistics, 'shape' | 'd' | 'sharedLength'>, placed?: Pick<Kernels, 'allocate'>): ArmStatistics {
  const own = d - sharedLength
  return {
    count: 0, weight: 0, sum: 0, squares: 0, revision: 0,
    gram: shape === 'disjoint' || shape === 'hybrid' ? createGram(own, placed) : null,
    cross: shape === 'hybrid' ? new Float64Array(own * sharedLength) : null,
  }
}

/**
 * Learns one observation, in place. `x` has length d (ignored by `counts`), quantised; `reward` is quantised; `weight` is a power of
 * two or comes from `decayWeight`. With weight 1 all sums are exact, so their order does not matter. Cost: d² flops.
 * @throws ForageError `shape_mismatch` when x has another length
 */
export function observe(statistics: ModelStatistics, armId: string, x: Float64Array, reward: number, weight: number): void {
  const arm = armOf(statistics, armId, x)
  arm.count++
  arm.weight += weight
  statistics.count++
  const { shared, sharedLength } = statistics
  if (shared !== null) addRow(shared, shared.d === x.length ? x : x.subarray(0, shared.d), weight)
  if (arm.gram !== null) {
    const own = sharedLength === 0 ? x : x.subarray(sharedLength)
    addRow(arm.gram, own, weight)
    if (arm.cross !== null) addCross(arm.cross, own, x, sharedLength, weight)
  }
  moveReward(statistics, arm, x, weight * reward, weight * reward * reward)
}

/**
 * Replaces an observation's reward: b, the reward sum and the squares move, A and the counts stay. With the weight the observation
 * was learned with (1, or that of its own decision time), correcting back restores the sums.
 */
export function correct(statistics: ModelStatistics, armId: string, x: Float64Array, fromReward: number, toReward: number, weight: number): void {
  const arm = armOf(statistics, armId, x)
  moveReward(statistics, arm, x, weight * (toReward - fromReward), weight * (toReward * toReward - fromReward * fromReward))
}

function armOf(statistics: ModelStatistics, armId: string, x: Float64Array): ArmStatistics {
  if (statistics.shape !== 'counts' && x.length !== statistics.d)
    throw new ForageError('shape_mismatch', `x has length ${x.length}, the statistics have d = ${statistics.d}`, { length: x.length, d: statistics.d })
  let arm = statistics.arms.get(armId)
  if (arm === undefined) statistics.arms.set(armId, (arm = createArm(statistics)))
  return arm
}

function addRow(gram: Gram, x: Float64Array, weight: number): void {
  kernels.addOuter(gram.matrix, x, gram.d, weight)
  gram.weight += weight
}

/** Adds w·x zᵀ; z is the first k coordinates of `whole`. */
function addCross(cross: Float64Array, own: Float64Array, whole: Float64Array, k: number, weight: number): void {
  for (let i = 0; i < own.length; i++) {
    const scaled = weight * own[i]!
    if (scaled === 0) continue
    for (let j = 0; j < k; j++) cross[i * k + j]! += scaled * whole[j]!
  }
}

function moveReward(statistics: ModelStatistics, arm: ArmStatistics, x: Float64Array, by: number, bySquares: number): void {
  const { shared, sharedLength } = statistics
  arm.sum += by
  arm.squares += bySquares
  if (shared !== null) addScaled(shared, x, 0, by, bySquares)
  if (arm.gram !== null) addScaled(arm.gram, x, sharedLength, by, bySquares)
  arm.revision = statistics.revision = nextRevision()
}

function addScaled(gram: Gram, x: Float64Array, from: number, by: number, bySquares: number): void {
  const { d, vector } = gram
  if (by !== 0) for (let j = 0; j < d; j++) vector[j]! += by * x[from + j]!
  gram.squares += bySquares
}
