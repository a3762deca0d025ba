import type { Explanation } from '../decisions/explain.ts'
import type { FoundDecision } from '../decisions/find.ts'
import type { Decided } from './record.ts'

/** The answer, written by template: its shape is `RecommendReply`, which a test holds it to. */
export function replyText(decided: Decided, explanation: readonly Explanation[] | null, logged: boolean, degraded: readonly string[], latencyMs: number): string {
  const { id, serving, snapshotVersion, encoded, picks, scores } = decided
  let text = '{"decisionId":' + JSON.stringify(id) + ',"placement":' + serving.recordText.placement + ',"items":['
  for (let slot = 0; slot < picks.length; slot++) {
    const { index, propensity } = picks[slot]!
    text += (slot === 0 ? '{"id":' : ',{"id":') + JSON.stringify(encoded.set.ids[index]) + ',"position":' + (slot + 1) + ',"propensity":' + propensity + ',"score":' + scores[slot] + '}'
  }
  text += '],"policy":"' + serving.definition.spec.policy.name + '","snapshotVersion":"' + snapshotVersion + '","degraded":' + (degraded.length === 0 ? '[]' : JSON.stringify(degraded))
  text += ',"logged":' + (logged ? 'true' : 'false') + ',"latencyMs":' + Math.round(latencyMs * 1000) / 1000
  return explanation === null ? text + '}' : text + ',"explanation":' + JSON.stringify(explanation) + '}'
}

/** The answer of a decision that is already in the log. */
export function replyOfRecord({ record, evidence }: FoundDecision, latencyMs: number): string {
  const items = record.slate.map(({ id, p }, slot) => ({ id, position: slot + 1, propensity: p, score: evidence.scores?.[slot] ?? 0 }))
  return JSON.stringify({
    decisionId: record.id,
    placement: record.placement,
    items,
    policy: policyOf(record.model),
    snapshotVersion: record.snapshot,
    degraded: evidence.degraded,
    logged: true,
    latencyMs: Math.round(latencyMs * 1000) / 1000,
  })
}

/** A model's key is `placement/policy/shape/encoder`; no part has a slash in it. */
export function policyOf(model: string): string {
  return model.split('/')[1] ?? ''
}
