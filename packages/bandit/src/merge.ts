import { ForageError } from '@forage/domain'
import { createArm, createStatistics, nextRevision } from './observe.ts'
import type { ArmStatistics, Gram, ModelStatistics } from './statistics.ts'

/**
 * The sum of one model's shards, as new statistics; the inputs are only read. Unweighted sums are exact: the order of the list does
 * not matter. Decayed sums round, so give shards in partition order.
 * @throws ForageError `shape_mismatch` when the list is empty or its shapes differ
 */
export function mergeStatistics(list: readonly Readonly<ModelStatistics>[]): ModelStatistics {
  const merged = emptyFor(list)
  for (const part of list) {
    add(merged, part, 1)
    merged.revision += part.revision // sums of unique numbers: equal only while no part changed
    for (const [id, arm] of part.arms) merged.arms.get(id)!.revision += arm.revision
  }
  return merged
}

/** What was merged of one shard. */
interface Seen {
  revision: number
  readonly arms: Map<string, number>
}

/** The sum of one model's shards, kept while they change. Holds one copy of the statistics. */
export class RunningMerge {
  #merged: ModelStatistics | null = null
  #seen: Seen[] = []

  /**
   * `mergeStatistics(list)`, bit for bit and to the revision; redoes only arms whose revision is not the one it was merged with. Only to be read, and
   * only until the next call. Cost: a look at every arm of the shards that changed, and d² flops per shard for each arm that changed.
   * @throws ForageError `shape_mismatch` as `mergeStatistics`
   */
  merge(list: readonly Readonly<ModelStatistics>[]): Readonly<ModelStatistics> {
    const empty = emptyFor(list)
    if (this.#merged === null || !sameShape(this.#merged, empty)) {
      this.#merged = empty
      this.#seen = []
    }
    const changed = this.#changedArms(list)
    if (changed === null) return this.#merged
    for (const id of changed) redoArm(this.#merged, id, list)
    redoShared(this.#merged, list)
    return this.#merged
  }

  /** Notes what every shard is at; null when nothing is new. Revisions are unique, so a shard that stands elsewhere in the list is noticed. */
  #changedArms(list: readonly Readonly<ModelStatistics>[]): Set<string> | null {
    const changed = new Set<string>()
    let touched = list.length < this.#seen.length
    for (const { arms } of this.#seen.splice(list.length)) for (const id of arms.keys()) changed.add(id)
    for (const [place, part] of list.entries()) {
      const seen = (this.#seen[place] ??= { revision: -1, arms: new Map() })
      if (seen.revision === part.revision) continue
      touched = true
      seen.revision = part.revision
      for (const [id, { revision }] of part.arms) {
        if (seen.arms.get(id) === revision) continue
        seen.arms.set(id, revision)
        changed.add(id)
      }
      if (seen.arms.size === part.arms.size) continue
      for (const id of seen.arms.keys()) if (!part.arms.has(id) && seen.arms.delete(id)) changed.add(id)
    }
    return touched ? changed : null
  }
}

function redoArm(merged: ModelStatistics, id: string, list: readonly Readonly<ModelStatistics>[]): void {
  let sum: ArmStatistics | null = null
  for (const { arms } of list) {
    const arm = arms.get(id)
    if (arm === undefined) continue
    sum ??= cleared(merged.arms.get(id) ?? createArm(merged))
    addArm(sum, arm, 1)
    sum.revision += arm.revision
  }
  if (sum === null) merged.arms.delete(id)
  else merged.arms.set(id, sum)
}

function redoShared(merged: ModelStatistics, list: readonly Readonly<ModelStatistics>[]): void {
  merged.count = merged.revision = 0
  if (merged.shared !== null) clearGram(merged.shared)
  for (const part of list) {
    merged.count += part.count
    merged.revision += part.revision
    if (merged.shared !== null) addGram(merged.shared, part.shared!, 1)
  }
}

function cleared(arm: ArmStatistics): ArmStatistics {
  arm.count = arm.weight = arm.sum = arm.squares = arm.revision = 0
  if (arm.gram !== null) clearGram(arm.gram)
  arm.cross?.fill(0)
  return arm
}

function clearGram(gram: Gram): void {
  gram.matrix.fill(0)
  gram.vector.fill(0)
  gram.weight = gram.squares = 0
}

const sameShape = (a: Readonly<ModelStatistics>, b: Readonly<ModelStatistics>) => a.shape === b.shape && a.d === b.d && a.sharedLength === b.sharedLength

/** Empty statistics of the shape that all of the list have. */
function emptyFor(list: readonly Readonly<ModelStatistics>[]): ModelStatistics {
  const [first] = list
  if (first === undefined) throw new ForageError('shape_mismatch', 'no statistics to merge')
  if (!list.every((part) => sameShape(part, first))) {
    const shapes = list.map(({ shape, d, sharedLength }) => ({ shape, d, sharedLength }))
    throw new ForageError('shape_mismatch', 'statistics of different shapes cannot be merged', { shapes })
  }
  const empty = createStatistics(first.shape, first.d, first.sharedLength)
  empty.revision = 0
  return empty
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

