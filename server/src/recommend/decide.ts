import { choose, seeded } from '@forage/bandit'
import type { RecommendBody } from '@forage/contracts'
import { createDecisionId } from '@forage/domain'
import { randomFillSync } from 'node:crypto'
import { explainCandidates, type Explanation } from '../decisions/explain.ts'
import type { Serving } from '../runtime/serving.ts'
import { encodeCandidates } from './candidates.ts'
import type { Decided } from './record.ts'
import { RowBuffer } from './rows.ts'

const buffer = new RowBuffer()
const NOT_DEGRADED: readonly string[] = []

/**
 * Decides: encodes the candidates, scores them under the snapshot that is served now, draws with the generator that the id seeds.
 * Synchronous and free of I/O; deterministic given the snapshot and the id. `encoded.set.rows` is reused by the next decision.
 */
export function decide(serving: Serving, request: RecommendBody, id: string): Decided & { readonly explanation: Explanation[] | null } {
  const { definition, current, catalog } = serving
  const { policy, spec } = definition
  const encoded = encodeCandidates(definition, catalog, request, buffer)
  const scored = policy.score(current.snapshot, encoded.set)
  const { picks, probabilities } = choose(scored, { count: request.count ?? 1, floor: spec.floor, rng: seeded(id) })
  const { mean } = scored
  const scores: number[] = []
  for (const { index } of picks) scores.push(mean[index]!)
  const explanation = request.explain === true ? explainCandidates(definition, current.snapshot, encoded.set, scored, probabilities, picks) : null
  return { id, serving, snapshotVersion: current.version, encoded, picks, scores, probabilities, deferred: request.deferActivation === true, degraded: NOT_DEGRADED, explanation }
}

const POOL = 12 * 512
const pool = new Uint8Array(POOL)
let used = POOL

/** A fresh id; randomness is fetched for 512 ids at a time. */
export function newDecisionId(timeMs: number, userId: string | null | undefined): string {
  if (used === POOL) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, (used += 12))
  return createDecisionId(timeMs, random, userId)
}
