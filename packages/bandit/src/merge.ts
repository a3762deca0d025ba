import { ForageError } from '@forage/domain'
import { createArm, createStatistics, nextRevision } from './observe.ts'
import type { ArmStatistics, Gram, ModelStatistics } from './statistics.ts'

/**
 * The sum of one model's shards, as new statistics; the inputs are only read. Unweighted sums are exact: the order of the list does
 * not matter. Decayed sums round, so give shards in partition order.
 * @throws ForageError `shape_mismatch` when the list is empty or its shapes differ
 */
export function mergeStatistics(list: readonly Readonly<ModelStatistics>[]): ModelStatistics {
  const [first] = list
  if (first === undefined) throw new ForageError('shape_mismatch', 'no statistics to merge')
  const merged = createStatistics(first.shape, first.d, first.sharedLength)
  merged.revision = 0
  for (const part of list) {
    if (part.shape !== first.shape || part.d !== first.d || part.sharedLength !== first.sharedLength)
      throw new ForageError('shape_mismatch', 'statistics of different shapes cannot be merged', { shapes: list.map(({ shape, d, sharedLength }) => ({ shape, d, sharedLength })) })
    add(merged, part, 1)
    merged.revision += part.revision // sums of unique numbers: equal only while no part changed
    for (const [id, arm] of part.arms) merged.arms.get(id)!.revision += arm.revision
  }
  return merged
}

/**
 * A copy with every weighted sum multiplied by `factor`; counts stay. This is how decayed sums are read: with the factor
 * `1 / decayWeight(now, …)`, "now" being the newest time the fold has seen. A power of two is exact.
 */
export function scaleStatistics(statistics: Readonly<ModelStatistics>, factor: number): ModelStatistics {
  const scaled = createStatistics(statistics.shape, statistics.d, statistics.sharedLength)
  add(scaled, statistics, factor)
  for (const arm of scaled.arms.values()) arm.revision = nextRevision()
  return scaled
}

function add(into: ModelStatistics, from: Readonly<ModelStatistics>, factor: number): void {
  into.count += from.count
  if (into.shared !== null) addGram(into.shared, from.shared!, factor)
  for (const [id, arm] of from.arms) {
    let sum = into.arms.get(id)
    if (sum === undefined) into.arms.set(id, (sum = createArm(into)))
    addArm(sum, arm, factor)
  }
}

function addArm(into: ArmStatistics, from: Readonly<ArmStatistics>, factor: number): void {
  into.count += from.count
  into.weight += factor * from.weight
  into.sum += factor * from.sum
  into.squares += factor * from.squares
  if (into.gram !== null) addGram(into.gram, from.gram!, factor)
  if (into.cross !== null) addArray(into.cross, from.cross!, factor)
}

function addGram(into: Gram, from: Readonly<Gram>, factor: number): void {
  addArray(into.matrix, from.matrix, factor)
  addArray(into.vector, from.vector, factor)
  into.weight += factor * from.weight
  into.squares += factor * from.squares
}

function addArray(into: Float64Array, from: Float64Array, factor: number): void {
  for (let index = 0; index < into.length; index++) into[index]! += factor * from[index]!
}

