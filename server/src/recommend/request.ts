import { EventName, Id, Name, RecommendBody } from '@forage/contracts'
import type { ForageError } from '@forage/domain'
import { refusal } from '../http/problem.ts'
import { compileValidator, explainPattern } from '../http/validator.ts'
import { checkFeatures } from './check-features.ts'

for (const schema of [Id, Name, EventName]) explainPattern(schema)

const checkShape = compileValidator(RecommendBody, [
  ['properties', 'context'],
  ['properties', 'candidates', 'items', 'properties', 'features'],
  ['properties', 'candidates', 'items', 'properties', 'id'],
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
    const fault = isPlainId(id) ? undefined : Id.safeParse(id).error
    if (fault !== undefined) return refusal('invalid_request', [{ field: `candidates.${index}.id`, message: fault.issues[0]!.message }])
    seen.add(id)
    if (seen.size === index) return refusal('duplicate_candidate', [{ field: `candidates.${index}.id`, message: 'is the id of an earlier candidate' }])
    if (features === undefined) continue
    const wrong = checkFeatures(features, `candidates.${index}.features`)
    if (wrong !== null) return refusal('invalid_request', [wrong])
  }
  return null
}

/** Whether an id is of the usual kind, short and ASCII: a regular expression would cost as much as all other checks of a candidate. */
function isPlainId(id: string): boolean {
  if (id.length === 0 || id.length > 64) return false
  for (let index = 0; index < id.length; index++) {
    const code = id.charCodeAt(index)
    if (code < 32 || code > 126) return false
  }
  return true
}
