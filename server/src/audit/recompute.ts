import { choose, seeded, type Slate, type Snapshot } from '@forage/bandit'
import { toUnits, type DecisionEvidence, type DecisionRecord, type Features } from '@forage/domain'
import type { Rules } from './rules.ts'

/** The features of a version of a placement's catalog by item id. */
export type CatalogFeatures = ReadonlyMap<string, Features>

/** The part of a logged request that a decision depends on. */
interface LoggedRequest {
  readonly context?: Features
  readonly candidates?: readonly { readonly id: string; readonly features?: Features }[]
  readonly count?: number
  readonly exclude?: readonly string[]
}

export interface Recomputed {
  /** What differs from the record, in words; empty when every bit agrees. */
  readonly faults: readonly string[]
  /** First-slot probability of every eligible candidate, and the place of the one shown first: recomputed. */
  readonly probabilities: Float64Array
  readonly first: number
}

/**
 * Makes a logged decision again from its request, its placement's rules and the snapshot it was made with, and compares all that was
 * logged bit for bit: candidates, x, probabilities, picks, propensities. `catalog` is the version that the evidence names.
 */
export function recompute(rules: Rules, snapshot: Snapshot, record: DecisionRecord, evidence: DecisionEvidence, catalog: CatalogFeatures | null): Recomputed {
  const request = evidence.request as LoggedRequest
  const candidates = eligible(request, catalog)
  const rows = encode(rules, request.context ?? {}, candidates.map(({ features }) => features))
  const ids = candidates.map(({ id }) => id)
  const scored = rules.policy.score(snapshot, { ids, rows, d: rules.d })
  const slate = choose(scored, { count: request.count ?? 1, floor: rules.spec.floor, rng: seeded(record.id) })
  const faults = [
    ...differentIds(evidence, ids),
    ...differentProbabilities(evidence, slate.probabilities),
    ...notADistribution(slate.probabilities, rules.spec.floor),
    ...differentSlate(record, slate, ids, rows, rules.d),
    ...differentScores(evidence, slate, scored.mean),
  ]
  return { faults, probabilities: slate.probabilities, first: slate.picks[0]!.index }
}

function eligible({ candidates, exclude = [] }: LoggedRequest, catalog: CatalogFeatures | null): { id: string; features: Features }[] {
  const out = new Set(exclude)
  const all = candidates ?? [...(catalog ?? [])].map(([id, features]) => ({ id, features }))
  return all.filter(({ id }) => !out.has(id)).map(({ id, features }) => ({ id, features: features ?? catalog?.get(id) ?? {} }))
}

function encode({ encoder, d }: Rules, context: Features, items: readonly Features[]): Float64Array {
  const rows = new Float64Array(items.length * d)
  if (d === 0) return rows
  const side = encoder.context(context)
  items.forEach((features, row) => encoder.join(side, encoder.item(features), rows, row * d))
  return rows
}

function differentIds({ candidates }: DecisionEvidence, ids: readonly string[]): string[] {
  if (candidates === undefined) return []
  return candidates.length === ids.length && candidates.every((id, index) => id === ids[index]) ? [] : ['other candidates']
}

function differentProbabilities(evidence: DecisionEvidence, probabilities: Float64Array): string[] {
  const logged = Buffer.from(evidence.probabilities, 'base64')
  const mine = Buffer.from(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength) // little-endian on every platform Node runs on
  if (logged.equals(mine)) return []
  if (logged.length !== mine.length) return [`${logged.length / 8} probabilities logged, ${probabilities.length} recomputed`]
  const at = probabilities.findIndex((p, index) => !Object.is(p, logged.readDoubleLE(8 * index)))
  return [`probability of candidate ${at}: logged ${logged.readDoubleLE(8 * at)}, recomputed ${probabilities[at]}`]
}

/** Rounding of a sum of up to 1000 terms stays well below this. */
const SUM_TOLERANCE = 1e-9

function notADistribution(probabilities: Float64Array, floor: number): string[] {
  const sum = probabilities.reduce((total, p) => total + p, 0)
  const least = floor / probabilities.length
  return [
    ...(Math.abs(sum - 1) <= SUM_TOLERANCE ? [] : [`the probabilities sum to ${sum}`]),
    ...(probabilities.every((p) => p >= least) ? [] : [`a probability is under its floor ${least}`]),
  ]
}

function differentSlate({ slate }: DecisionRecord, { picks }: Slate, ids: readonly string[], rows: Float64Array, d: number): string[] {
  if (slate.length !== picks.length) return [`${slate.length} items logged, ${picks.length} recomputed`]
  return slate.flatMap(({ id, p, x }, slot) => {
    const { index, propensity } = picks[slot]!
    if (ids[index] !== id) return [`slot ${slot + 1}: logged ${id}, recomputed ${ids[index]}`]
    if (!Object.is(p, propensity)) return [`propensity of slot ${slot + 1}: logged ${p}, recomputed ${propensity}`]
    const same = x.length === d && x.every((units, coordinate) => units === toUnits(rows[index * d + coordinate]!))
    return same ? [] : [`x of slot ${slot + 1} differs`]
  })
}

function differentScores({ scores }: DecisionEvidence, { picks }: Slate, mean: Float64Array): string[] {
  if (scores === undefined || picks.every(({ index }, slot) => scores[slot] === mean[index])) return []
  return ['the scores of the shown items differ']
}
