import { createStatistics, seeded, type ModelStatistics, type Snapshot } from '@forage/bandit'
import { decodeEvidence, decodeRecord, ForageError, type DecisionRecord, type PlacementSpec } from '@forage/domain'
import type { EventLog, Position } from '@forage/event-log'
import { createLearnerFold, mergeShards } from '@forage/learner'
import { ChoiceTest, type ChoiceTestResult } from './choice-test.ts'
import { findDecisions, placementKey } from './logged-decisions.ts'
import { OfflineFold } from './offline-fold.ts'
import { recompute, type CatalogFeatures } from './recompute.ts'
import { rulesOf, type Rules } from './rules.ts'
import { forwardPasses, parseSnapshot } from './snapshot-offsets.ts'

/** A right server fails one of the two χ² tests in two audits out of a million. */
export const ALPHA = 1e-6

export interface AuditOptions {
  readonly log: EventLog
  /** The items of a version of a placement's catalog; null when it is not kept. */
  readonly catalog: (placement: string, version: number) => Promise<CatalogFeatures | null>
  /** Decisions to recompute, spread evenly over the log; absent: all of them. */
  readonly limit?: number
  readonly onProgress?: (done: number, total: number) => void
}

export interface AuditReport {
  readonly decisions: number
  readonly verified: number
  readonly snapshots: number
  readonly mismatches: number
  /** The first few, in words. */
  readonly examples: readonly string[]
  /** χ² of the realised first picks, candidates laid out in the request's order and by descending probability. */
  readonly byPlace: ChoiceTestResult
  readonly byProbability: ChoiceTestResult
  readonly alpha: number
  readonly ok: boolean
}

const EXAMPLES = 5

/**
 * Recomputes logged decisions from nothing but the log (and the catalog versions it names). The log is folded forward once; at each
 * offset that a decision's snapshot names, serving's view is derived anew on the plain kernels.
 */
export async function auditDecisions({ log, catalog, limit = Infinity, onProgress }: AuditOptions): Promise<AuditReport> {
  const found = await findDecisions(log)
  const total = Math.min(limit, found.count)
  const chosen = spread(found.bySnapshot, found.count, total)
  const tests = { byPlace: new ChoiceTest(), byProbability: new ChoiceTest() }
  const catalogs = remember((key: string) => catalog(...splitKey(key)))
  const rules = remember((key: string) => Promise.resolve(rulesOf(definitionOf(found.placements, key))))
  const examples: string[] = []
  let [verified, mismatches] = [0, 0]

  for (const pass of forwardPasses([...chosen].map(([text, positions]) => ({ offsets: parseSnapshot(text, log.partitions), positions })))) {
    const folds = Array.from({ length: log.partitions }, (_, partition) => new OfflineFold(log, createLearnerFold(), partition))
    const previous = new Map<string, Snapshot>()
    for (const { offsets, positions } of pass) {
      for (const [partition, fold] of folds.entries()) await fold.advance(offsets[partition]!)
      const models = mergeShards(folds.map(({ shard }) => shard))
      const derived = new Map<string, Snapshot>()
      for await (const value of recordsAt(log, positions)) {
        const record = decodeRecord(value) as DecisionRecord
        const evidence = decodeEvidence(value)
        const key = placementKey(record.placement, record.version)
        const mine = await rules(key)
        const snapshot = derived.get(key) ?? derive(mine, models.get(record.model), record.model, previous.get(key))
        derived.set(key, snapshot)
        previous.set(key, snapshot)
        const items = evidence.catalogVersion === undefined ? null : await catalogs(`${record.placement}@${evidence.catalogVersion}`)
        const { faults, probabilities, first } = recompute(mine, snapshot, record, evidence, items)
        verified += 1
        if (faults.length > 0) {
          mismatches += 1
          if (examples.length < EXAMPLES) examples.push(`${record.id}: ${faults.join('; ')}`)
        }
        const u = seeded(`audit ${record.id}`).uniform()
        const order = Array.from(probabilities, (_, index) => index)
        tests.byPlace.add(probabilities, order, first, u)
        tests.byProbability.add(probabilities, order.toSorted((a, b) => probabilities[b]! - probabilities[a]! || a - b), first, u)
      }
      onProgress?.(verified, total)
    }
  }
  const [byPlace, byProbability] = [tests.byPlace.result(), tests.byProbability.result()]
  const ok = mismatches === 0 && byPlace.p >= ALPHA && byProbability.p >= ALPHA
  return { decisions: found.count, verified, snapshots: chosen.size, mismatches, examples, byPlace, byProbability, alpha: ALPHA, ok }
}

function derive({ policy, d, sharedLength }: Rules, statistics: ModelStatistics | undefined, model: string, previous: Snapshot | undefined): Snapshot {
  return policy.derive(statistics ?? createStatistics(policy.shape, d, sharedLength), model, previous)
}

function definitionOf(placements: ReadonlyMap<string, PlacementSpec>, key: string): PlacementSpec {
  const spec = placements.get(key)
  if (spec === undefined) throw new ForageError('unreadable_record', `a decision was made under ${key}, which is not in the log`, { key })
  return spec
}

function splitKey(key: string): [string, number] {
  const at = key.lastIndexOf('@')
  return [key.slice(0, at), Number(key.slice(at + 1))]
}

function remember<T>(make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, Promise<T>>()
  return (key) => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}

/** `total` of `count` positions, every count/total-th in order; snapshots without one are left out. */
function spread(bySnapshot: ReadonlyMap<string, readonly Position[]>, count: number, total: number): Map<string, Position[]> {
  const kept = new Map<string, Position[]>()
  let index = 0
  for (const [snapshot, positions] of bySnapshot) {
    const mine = positions.filter(() => Math.floor(((index + 1) * total) / count) > Math.floor((index++ * total) / count))
    if (mine.length > 0) kept.set(snapshot, mine)
  }
  return kept
}

/** Values of records at these positions (ascending within a partition), read in runs. */
async function* recordsAt(log: EventLog, positions: readonly Position[]): AsyncGenerator<Uint8Array> {
  const wanted = new Map<number, Set<number>>()
  for (const { partition, offset } of positions) wanted.set(partition, (wanted.get(partition) ?? new Set()).add(offset))
  for (const [partition, offsets] of wanted) {
    const last = [...offsets].reduce((a, b) => Math.max(a, b))
    let next = [...offsets].reduce((a, b) => Math.min(a, b))
    while (next <= last) {
      const records = await log.read(partition, next, { maxRecords: Math.min(500, last - next + 1) })
      if (records.length === 0) throw new ForageError('log_unavailable', `record ${partition}:${next} of the log cannot be read`)
      for (const { offset, value } of records) if (offsets.has(offset)) yield value
      next = records.at(-1)!.offset + 1
      while (next <= last && !offsets.has(next)) next += 1
    }
  }
}
