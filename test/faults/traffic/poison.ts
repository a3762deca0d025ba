import { encodeRecord, type DecisionRecord } from '@forage/domain'
import { DIMENSION, modelOf } from './placements.ts'

const MEGABYTE = 1 << 20

/** Records that no fold can read, one kind after the other. `number` makes their ids their own. */
export function poison(number: number, random: () => number): Uint8Array {
  const text = (value: string) => Buffer.from(value)
  const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(256 * random()))
  const feedback = { v: 1, kind: 'feedback', decisionId: 'd', feedbackId: `poison-${number}`, event: 'click', value: 1, final: true }
  const x = Array.from({ length: DIMENSION }, () => 4096)
  const decision: DecisionRecord = { v: 1, kind: 'decision', id: `poison-${number}`, placement: 'home', version: 1, model: modelOf('home'), snapshot: '', deferred: false, sharedLength: 0, slate: [{ id: 'arm-0', p: 1, x }] }
  const kinds = [
    () => bytes(1 + Math.floor(200 * random())),
    () => text(JSON.stringify({ ...feedback, v: 2 })),
    () => text(JSON.stringify(feedback).replace('"value":1', '"value":NaN')),
    () => text(JSON.stringify(feedback).replace('"value":1', '"value":1e999')),
    () => encodeRecord({ ...decision, placement: 'nowhere' }),
    () => encodeRecord({ ...decision, version: 77 }),
    () => encodeRecord({ ...decision, slate: [{ id: 'arm-0', p: 1, x: [...x, 1] }] }),
    () => encodeRecord({ ...decision, slate: [{ id: 'arm-0', p: 1, x: x.with(0, 0.5) }] }),
    () => text('{"v":1,"kind":"decision","id":'),
    () => text(JSON.stringify({ v: 1, kind: 'unheard-of' })),
    () => new Uint8Array(0),
    () => (number % 10 === 0 ? Buffer.alloc(MEGABYTE, 'x') : text('[]')),
  ]
  return kinds[number % kinds.length]!()
}
