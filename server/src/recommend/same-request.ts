import { isDeepStrictEqual } from 'node:util'
import type { RecommendBody } from '@forage/contracts'

/** Whether two requests ask for the same decision: how long to wait and whether to explain do not change it. */
export function sameRequest(a: RecommendBody, b: RecommendBody): boolean {
  return isDeepStrictEqual(bare(a), bare(b))
}

function bare(request: RecommendBody) {
  return { ...request, timeoutMs: null, explain: null }
}
