import { ForageError, type PlacementRecord } from '@forage/domain'
import { seal, unseal } from './blob.ts'
import type { PlacementSums } from './counters.ts'
import { createDefinition, type Definition } from './definition.ts'

interface SavedDefinition {
  readonly offset: number
  readonly version: number
  readonly spec: PlacementRecord['spec']
}
interface SavedSums extends PlacementSums {
  readonly id: string
}

/** Placement definitions by id and version, and each placement's totals. Saved, so they outlive the log's retention. */
export function createPlacements() {
  const definitions = new Map<string, Map<number, Definition>>()
  const sums = new Map<string, PlacementSums>()
  const unsaved = new Set<Definition>()
  const changedSums = new Set<string>()

  function add(definition: Definition): void {
    const { id } = definition.spec
    const versions = definitions.get(id) ?? new Map<number, Definition>()
    definitions.set(id, versions.set(definition.version, definition))
  }

  return {
    sums: sums as ReadonlyMap<string, PlacementSums>,
    get: (id: string, version: number): Definition | undefined => definitions.get(id)?.get(version),
    *all(): Generator<Definition> {
      for (const versions of definitions.values()) yield* versions.values()
    },
    /** Keeps a definition; the first of a version stays. False when it was known. */
    define(definition: Definition): boolean {
      if (definitions.get(definition.spec.id)?.has(definition.version)) return false
      add(definition)
      unsaved.add(definition)
      return true
    },
    count(id: string, decisions: number, observations: number, creditedReward: number): void {
      let total = sums.get(id)
      if (total === undefined) sums.set(id, (total = { decisions: 0, observations: 0, creditedReward: 0 }))
      total.decisions += decisions
      total.observations += observations
      total.creditedReward += creditedReward
      changedSums.add(id)
    },
    /** @throws ForageError `corrupt_state` */
    restore(fields: ReadonlyMap<string, Uint8Array>): void {
      for (const [field, bytes] of fields) {
        if (field.startsWith('placement/')) add(restoreDefinition(unseal<SavedDefinition>(bytes, field)))
        if (!field.startsWith('sums/')) continue
        const { id, decisions, observations, creditedReward } = unseal<SavedSums>(bytes, field)
        sums.set(id, { decisions, observations, creditedReward })
      }
    },
    collect(fields: Map<string, Uint8Array | null>): void {
      for (const { spec, version, offset } of unsaved) fields.set(`placement/${version}/${spec.id}`, seal({ offset, version, spec } satisfies SavedDefinition))
      for (const id of changedSums) fields.set(`sums/${id}`, seal({ id, ...sums.get(id)! } satisfies SavedSums))
      unsaved.clear()
      changedSums.clear()
    },
  }
}

function restoreDefinition(saved: SavedDefinition): Definition {
  try {
    return createDefinition(saved, saved.offset)
  } catch (cause) {
    throw new ForageError('corrupt_state', 'a saved definition cannot be used', { version: saved.version }, { cause })
  }
}
