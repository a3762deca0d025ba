import type { Choice } from '@forage/bandit'
import { toUnits } from '@forage/domain'
import type { Serving } from '../runtime/serving.ts'
import type { Encoded } from './candidates.ts'

/** One decision, made but not yet logged. Arrays belong to the decision. */
export interface Decided {
  readonly id: string
  readonly serving: Serving
  readonly snapshotVersion: string
  readonly encoded: Encoded
  readonly picks: readonly Choice[]
  /** Expected reward of each pick, in slot order. */
  readonly scores: readonly number[]
  /** First-slot probability of every eligible candidate. */
  readonly probabilities: Float64Array
  readonly deferred: boolean
  readonly degraded: readonly string[]
}

/**
 * The two lines of a decision record (`DecisionRecord`, `DecisionEvidence`) as parts to be appended back to back. Written by template:
 * the request goes in as the bytes that came, never serialised again. The parts are valid until the next call: the log copies them.
 */
export function decisionParts({ id, serving, snapshotVersion, encoded, picks, scores, probabilities, deferred, degraded }: Decided, request: Buffer): readonly Uint8Array[] {
  const { set, catalogVersion } = encoded
  const { recordText, definition } = serving
  let head =
    '{"v":1,"kind":"decision","id":' + JSON.stringify(id) + ',"placement":' + recordText.placement + recordText.tail + '"' + snapshotVersion +
    '","deferred":' + (deferred ? 'true' : 'false') + ',"sharedLength":' + definition.sharedLength + ',"slate":['
  for (let slot = 0; slot < picks.length; slot++) {
    const { index, propensity } = picks[slot]!
    head += (slot === 0 ? '{"id":' : ',{"id":') + JSON.stringify(set.ids[index]) + ',"p":' + propensity + ',"x":['
    const end = (index + 1) * set.d
    for (let cell = index * set.d; cell < end; cell++) head += cell === index * set.d ? toUnits(set.rows[cell]!) : ',' + toUnits(set.rows[cell]!)
    head += ']}'
  }
  head += ']}\n{"request":'
  let tail = catalogVersion === 0 ? '' : ',"catalogVersion":' + catalogVersion
  tail += ',"probabilities":"' + base64(probabilities) + '","scores":' + JSON.stringify(scores) + ',"degraded":' + JSON.stringify(degraded) + '}'
  if (3 * (head.length + tail.length) > scratch.length) scratch = Buffer.allocUnsafeSlow(4 * 3 * (head.length + tail.length))
  const middle = scratch.write(head, 0, 'utf8')
  return [scratch.subarray(0, middle), request, scratch.subarray(middle, middle + scratch.write(tail, middle, 'utf8'))]
}

let scratch = Buffer.allocUnsafeSlow(65_536)

/** float64 little-endian, base64. */
export function base64(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}

export function fromBase64(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64')
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~7)))
}
