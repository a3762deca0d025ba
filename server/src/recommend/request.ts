import { EventName, Id, Name, RecommendBody } from '@forage/contracts'
import type { ForageError } from '@forage/domain'
import { refusal } from '../http/problem.ts'
import { compileValidator, explainPattern } from '../http/validator.ts'
import { checkFeatures } from './check-features.ts'

for (const schema of [Id, Name, EventName]) explainPattern(schema)

const checkShape = compileValidator(RecommendBody, [
  ['properties', 'context'],
  ['properties', 'candidates', 'items', 'properties', 'features'],
])

/** Everything the contract says of a request, at hot-path cost. `null`: it is a `RecommendBody`. */
export function checkRecommend(value: unknown): ForageError | null {
  const shape = checkShape(value)
  if (shape !== null) return shape
  const { context, candidates } = value as RecommendBody
  const fault = context === undefined ? null : checkFeatures(context, 'context')
  if (fault !== null) return refusal('invalid_request', [fault])
  return candidates === undefined ? null : checkCandidates(candidates)
}

function checkCandidates(candidates: NonNullable<RecommendBody['candidates']>): ForageError | null {
  const seen = new Set<string>()
  for (let index = 0; index < candidates.length; index++) {
    const { id, features } = candidates[index]!
    seen.add(id)
    if (seen.size === index) return refusal('duplicate_candidate', [{ field: `candidates.${index}.id`, message: 'is the id of an earlier candidate' }])
    if (features === undefined) continue
    const fault = checkFeatures(features, `candidates.${index}.features`)
    if (fault !== null) return refusal('invalid_request', [fault])
  }
  return null
}
