import { ForageError } from '@forage/domain'
import { createLearnerFold, createReplica, type LearnedShard, type Replica } from '@forage/learner'
import type { CheckpointStore } from '@forage/store'
import type { Learning } from './learning.ts'

export interface FollowParts {
  readonly checkpoints: CheckpointStore
  readonly partitions: number
  /** How often to ask when no notice comes (default 500 ms). */
  readonly pollMs?: number
  /** The replica holds everything before `next`. Called for every change. */
  readonly onApplied: (partition: number, shard: LearnedShard, next: number) => void
  /** A checkpoint is damaged: what was there before stays, the partition's owner is told. */
  readonly onDamaged: (partition: number, error: unknown) => void
  /** The store has lost what was read from it before. */
  readonly onRegressed: (partition: number, from: number, to: number) => void
  /** The store does not answer; told once per outage. */
  readonly onAway: (error: unknown) => void
}

const FOLD = createLearnerFold().name
/** After a damaged checkpoint: its owner needs a moment. */
const REPAIR_MS = 1000

interface Followed {
  readonly replica: Replica
  revision: string | null
  offset: number
  loading: Promise<void> | null
  /** A notice came while it was being loaded. */
  again: boolean
  notBefore: number
}

/** Keeps a replica of every partition up with the checkpoints that learners save: by notice at once, by asking otherwise. */
export function follow(parts: FollowParts): Learning {
  const { checkpoints, partitions, pollMs = 500, onApplied, onDamaged, onRegressed, onAway } = parts
  if (checkpoints.changesSince === undefined) throw new ForageError('internal', 'this store cannot be followed')
  const followed = Array.from({ length: partitions }, (_, partition): Followed => ({ replica: createReplica(partition), revision: null, offset: 0, loading: null, again: false, notBefore: 0 }))
  const state = { away: false, fresh: performance.now(), stopped: false }

  async function load(partition: number): Promise<void> {
    const own = followed[partition]!
    try {
      const changes = await checkpoints.changesSince!(FOLD, partition, own.revision)
      if (changes === null || state.stopped) return // nothing saved, or nothing any more: what was read stays
      if (!changes.whole && changes.fields.size === 0 && changes.offset === own.offset) return
      own.replica.update(changes.fields, changes.whole)
      if (changes.offset < own.offset) onRegressed(partition, own.offset, changes.offset)
      own.revision = changes.revision
      own.offset = changes.offset
      onApplied(partition, own.replica, changes.offset)
    } catch (error) {
      if (!(error instanceof ForageError) || error.code !== 'corrupt_state') throw error
      own.revision = null
      own.notBefore = performance.now() + REPAIR_MS
      onDamaged(partition, error)
      await checkpoints.suspect?.(FOLD, partition)
    }
  }

  /** One load of a partition at a time; a notice in between means one more. Never rejects. */
  function refresh(partition: number): Promise<void> {
    const own = followed[partition]!
    if (own.loading !== null) {
      own.again = true
      return own.loading
    }
    const run = async () => {
      try {
        do {
          own.again = false
          await load(partition)
        } while (own.again && !state.stopped)
        state.away = false
        state.fresh = performance.now()
      } catch (error) {
        if (!state.away && !state.stopped) onAway(error)
        state.away = true
      } finally {
        own.loading = null
      }
    }
    return (own.loading = run())
  }

  const all = (): Promise<unknown> => Promise.all(followed.flatMap(({ notBefore }, partition) => (performance.now() >= notBefore ? [refresh(partition)] : [])))
  const ready = all().then(() => undefined)
  const unwatch = checkpoints.watch?.(FOLD, followed.map((_, partition) => partition), (partition) => void refresh(partition))
  const timer = setInterval(() => void all(), pollMs)
  timer.unref()
  return {
    ready,
    saved: (partition) => followed[partition]!.offset,
    age: () => (state.away ? (performance.now() - state.fresh) / 1000 : 0),
    get storeAway() {
      return state.away
    },
    async stop() {
      state.stopped = true
      clearInterval(timer)
      unwatch?.()
      await Promise.all(followed.map(({ loading }) => loading))
    },
  }
}
