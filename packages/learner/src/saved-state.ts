import { ForageError } from '@forage/domain'
import { seal, unseal } from './blob.ts'
import type { LearnerCounters } from './counters.ts'

/** What a shard saves besides sums, definitions and entries. */
export interface ShardState {
  readonly watermark: number
  readonly counters: LearnerCounters
  /** Offsets of the orphans a rebuild must park, ascending. */
  readonly orphans: readonly number[]
  /** Offsets of the decision records a rebuild must not open. */
  readonly passedOver: readonly number[]
}

const KNOWN = /^(?:state|rebuild|expiry(?:\/\d+)?|placement\/\d+\/[^]*|sums\/[^]*|model\/\d+(?:\/[^]*)?)$/

/** The fields `state` (changes with every record) and `rebuild` (offsets, almost always empty). */
export function createSavedState() {
  let changed = false
  let lastRebuild = ''

  return {
    touch(): void {
      changed = true
    },
    /** Null for a shard that was never saved. @throws ForageError `corrupt_state` */
    restore(fields: ReadonlyMap<string, Uint8Array>): ShardState | null {
      const unknown = [...fields.keys()].find((field) => !KNOWN.test(field))
      if (unknown !== undefined) throw new ForageError('corrupt_state', `unknown field ${unknown}`, { field: unknown })
      const state = fields.get('state')
      if (state === undefined && fields.size === 0) return null
      if (state === undefined) throw new ForageError('corrupt_state', 'the state is missing')
      const { v, watermark, counters } = unseal<{ v: number } & ShardState>(state, 'state')
      if (v !== 1) throw new ForageError('corrupt_state', `saved by another version: ${v}`, { v })
      const rebuild = fields.get('rebuild')
      const lists = rebuild === undefined ? { orphans: [], passedOver: [] } : unseal<{ orphans: number[]; passedOver: number[] }>(rebuild, 'rebuild')
      lastRebuild = JSON.stringify(lists)
      return { watermark, counters, orphans: undoSteps(lists.orphans), passedOver: undoSteps(lists.passedOver) }
    },
    collect({ watermark, counters, orphans, passedOver }: ShardState, fields: Map<string, Uint8Array | null>): void {
      if (!changed) return
      changed = false
      fields.set('state', seal({ v: 1, watermark, counters }))
      const lists = { orphans: steps(orphans), passedOver: steps(passedOver) }
      const rebuild = JSON.stringify(lists)
      if (rebuild === lastRebuild) return
      lastRebuild = rebuild
      fields.set('rebuild', seal(lists))
    },
  }
}

/** Differences of neighbours: short in JSON. */
const steps = (numbers: readonly number[]) => numbers.map((number, place) => number - (numbers[place - 1] ?? 0))

function undoSteps(steps: readonly number[]): number[] {
  let total = 0
  return steps.map((step) => (total += step))
}
