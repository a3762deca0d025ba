import { createStatistics, type ModelStatistics } from '@forage/bandit'
import { createMerger, type LearnedShard } from '@forage/learner'
import type { Definition } from '../placements/definition.ts'
import { RING, type Published, type Serving } from './serving.ts'

export interface PublisherParts {
  readonly servings: ReadonlyMap<string, Serving>
  readonly partitions: number
  /** Shortest time between two rounds. */
  readonly intervalMs: number
  /** A model whose sums are spoiled keeps its last snapshot. */
  readonly onRejected: (serving: Serving, error: unknown) => void
}

/** Deriving takes at most this share of the time: a large model publishes less often. */
const SHARE = 0.2

/**
 * Turns what the learner has applied into the snapshots that requests read. Runs between requests; a request only ever sees a whole
 * snapshot, whose version says exactly which records are in it. Everything here is synchronous, so no batch is seen half applied.
 */
export class SnapshotPublisher {
  readonly #parts: PublisherParts
  readonly #merger = createMerger()
  readonly #shards: (LearnedShard | null)[]
  /** Per partition, the first offset that is not applied. */
  readonly #applied: number[]
  #published: number[]
  #timer: NodeJS.Timeout | null = null
  #urgent = 0
  #notBefore = 0
  #stopped = false
  readonly #waiting = new Set<() => void>()

  constructor(parts: PublisherParts) {
    this.#parts = parts
    this.#shards = Array.from({ length: parts.partitions }, () => null)
    this.#applied = Array.from({ length: parts.partitions }, () => 0)
    this.#published = [...this.#applied]
  }

  /** The learner has applied everything before `next` of a partition, and `shard` is at that point. */
  applied(partition: number, shard: LearnedShard, next: number): void {
    this.#shards[partition] = shard
    this.#applied[partition] = next
    if (this.#urgent > 0) this.publish()
    else this.#schedule()
  }

  get shards(): LearnedShard[] {
    return this.#shards.filter((shard) => shard !== null)
  }

  shardOf(partition: number): LearnedShard | null {
    return this.#shards[partition] ?? null
  }

  get appliedOffsets(): readonly number[] {
    return this.#applied
  }

  /** Whether what is served now includes the record at this position. */
  includes(partition: number, offset: number): boolean {
    return (this.#published[partition] ?? 0) > offset
  }

  /** Resolves true once `includes`, false at the deadline. With `hurry`, snapshots are not held back meanwhile. */
  async wait(partition: number, offset: number, timeoutMs: number, hurry = true): Promise<boolean> {
    if (this.includes(partition, offset)) return true
    if (hurry) this.#urgent += 1
    const deadline = performance.now() + timeoutMs
    try {
      if (hurry) this.publish()
      while (!this.includes(partition, offset) && performance.now() < deadline && !this.#stopped) await this.#nextRound(deadline - performance.now())
      return this.includes(partition, offset)
    } finally {
      if (hurry) this.#urgent -= 1
    }
  }

  #nextRound(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, atMostMs)
      this.#waiting.add(wake)
    })
  }

  /** Derives what has changed, now. */
  publish(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#applied.every((next, partition) => next === this.#published[partition])) return
    const start = performance.now()
    for (const serving of this.#parts.servings.values()) this.refresh(serving)
    this.#published = [...this.#applied]
    const spent = performance.now() - start
    this.#notBefore = start + Math.max(this.#parts.intervalMs, spent / SHARE)
    for (const wake of this.#waiting) wake()
  }

  /** Brings one placement's snapshot up to what is applied, if its model has changed. */
  refresh(serving: Serving): void {
    const { model, spec } = serving.definition
    let revision = 0
    let newest = 0
    for (const shard of this.#shards) {
      if (shard === null) continue
      revision += shard.models.get(model)?.revision ?? 0
      newest = Math.max(newest, shard.watermark)
    }
    // Forgetting makes old sums weigh less as log time goes by, whether or not anything is learned.
    if (spec.halfLifeSeconds !== null && revision > 0) revision += newest
    if (revision === serving.revision) return
    try {
      const next = this.#derive(serving.definition, serving.current)
      serving.revision = revision
      serving.current = next
      serving.ring.push(next)
      if (serving.ring.length > RING) serving.ring.shift()
    } catch (error) {
      serving.revision = revision
      this.#parts.onRejected(serving, error)
    }
  }

  #derive(definition: Definition, previous: Published): Published {
    const { policy, model } = definition
    const statistics = this.statisticsOf(model)
    if (statistics === null) return priorOf(definition)
    const version = this.#applied.map((next, partition) => `${partition}:${next}`).join(',')
    return { version, snapshot: policy.derive(statistics, model, previous.snapshot) }
  }

  /** The model's sums over all partitions at what is applied; null when nothing is learned yet. Read it in the same tick. */
  statisticsOf(model: string): Readonly<ModelStatistics> | null {
    return this.#merger.statisticsOf(model, this.shards)
  }

  /** No more rounds; those who wait are told so. */
  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const wake of this.#waiting) wake()
  }

  #schedule(): void {
    if (this.#timer !== null || this.#stopped) return
    this.#timer = setTimeout(() => this.publish(), Math.max(0, this.#notBefore - performance.now()))
    this.#timer.unref()
  }
}

/** What is served before anything is learned. */
export function priorOf({ policy, model, d, sharedLength }: Definition): Published {
  return { version: '', snapshot: policy.derive(createStatistics(policy.shape, d, sharedLength), model) }
}
