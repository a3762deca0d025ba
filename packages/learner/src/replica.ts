import { ForageError } from '@forage/domain'
import { unseal } from './blob.ts'
import { createCopiedModels } from './copied-models.ts'
import { createCounters, type LearnerCounters } from './counters.ts'
import type { LearnedShard } from './learner-shard.ts'
import { createPlacements } from './placements.ts'
import { createSavedState } from './saved-state.ts'

/** A copy of one partition's shard in another process, kept up with the checkpoints that the learner saves. */
export interface Replica extends LearnedShard {
  /**
   * Takes what a checkpoint changed. All or nothing; every blob is verified before the first is used (checksum, version, shape, finite numbers).
   * An arm or shared part that changed must be given with all of its parts. Cost: what changed; with `whole`, everything.
   * @throws ForageError `corrupt_state`: the replica is as it was
   */
  update(fields: ReadonlyMap<string, Uint8Array | null>, whole: boolean): void
}

interface Copy {
  readonly placements: ReturnType<typeof createPlacements>
  readonly models: ReturnType<typeof createCopiedModels>
  readonly watermark: number
  readonly counters: LearnerCounters
}

const emptyCopy = (): Copy => ({ placements: createPlacements(), models: createCopiedModels(), watermark: 0, counters: createCounters() })

/** What was learned of the partition, as of the newest checkpoint it was given; nothing before the first. */
export function createReplica(partition: number): Replica {
  let copy = emptyCopy()

  return {
    partition,
    get models() {
      return copy.models.learned
    },
    get watermark() {
      return copy.watermark
    },
    get counters() {
      return copy.counters
    },
    get openDecisions() {
      const { decisions, matured, discarded } = copy.counters
      return decisions - matured - discarded
    },
    get placements() {
      return copy.placements.sums
    },
    hasPlacement: (id, version) => copy.placements.get(id, version) !== undefined,
    definitions: () => copy.placements.all(),
    readingScale: (key, now) => copy.models.readingScale(key, now),
    update(fields, whole) {
      const written = present(fields)
      const base = whole ? emptyCopy() : copy
      const state = createSavedState().restore(written) // null: nothing but the offset changed
      if (state !== null) {
        for (const [field, bytes] of written) if (field.startsWith('expiry')) unseal(bytes, field)
        createPlacements().restore(written) // the only way to know that it will not fail halfway
        const apply = base.models.prepare(written)
        apply()
        base.placements.restore(written)
      }
      copy = state === null ? base : { ...base, watermark: state.watermark, counters: { ...createCounters(), ...state.counters } }
    },
  }
}

/** What is written. What the learner deletes is never copied. */
function present(fields: ReadonlyMap<string, Uint8Array | null>): Map<string, Uint8Array> {
  const written = new Map<string, Uint8Array>()
  for (const [field, bytes] of fields) {
    if (bytes !== null) written.set(field, bytes)
    else if (!field.startsWith('expiry/')) throw new ForageError('corrupt_state', `${field} is gone`, { field })
  }
  return written
}
