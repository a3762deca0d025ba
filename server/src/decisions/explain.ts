import type { CandidateSet, Choice, Scored, Snapshot } from '@forage/bandit'
import type { CandidateExplanation } from '@forage/contracts'
import type { z } from 'zod'
import type { Definition } from '../placements/definition.ts'

export type Explanation = z.infer<typeof CandidateExplanation>

/** Contributions shown of one candidate. */
const TOP = 8
/** With more candidates than this, only the shown ones get contributions: the answer stays readable. */
const FEW = 50

/** Says of every candidate what its probability came from: the expected reward, what exploration adds, the features behind the mean. */
export function explainCandidates(definition: Definition, snapshot: Snapshot, { ids, rows, d }: CandidateSet, scored: Scored, probabilities: Float64Array, picks: readonly Choice[]): Explanation[] {
  const exploration = scored.exploration()
  const shown = new Set(picks.map(({ index }) => index))
  return ids.map((id, index) => {
    const weights = d > 0 && (ids.length <= FEW || shown.has(index)) ? definition.policy.weights(snapshot, id) : null
    const plain = { id, mean: scored.mean[index]!, exploration: exploration[index]!, probability: probabilities[index]! }
    return weights === null ? plain : { ...plain, contributions: contributions(definition.encoder.names, weights, rows.subarray(index * d, (index + 1) * d)) }
  })
}

function contributions(names: readonly string[], weights: Float64Array, x: Float64Array) {
  const all = Array.from(x, (value, at) => ({ feature: names[at] ?? String(at), value, weight: weights[at]!, contribution: weights[at]! * value }))
  return all
    .filter(({ value }) => value !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, TOP)
}
