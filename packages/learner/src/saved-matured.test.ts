import { array, assert, boolean, constantFrom, double, integer, maxSafeInteger, nat, property, record, string } from 'fast-check'
import { expect, it } from 'vitest'
import { seal } from './blob.ts'
import { createDefinition } from './definition.ts'
import type { Matured } from './matured.ts'
import { decodeMatured, encodeMatured } from './saved-matured.ts'
import { aPlacement } from './testing/factories.ts'

const definition = createDefinition({ spec: aPlacement({ id: 'hôme/1' }), version: 3 }, 0)
const definitionOf = (placement: string, version: number) => (placement === 'hôme/1' && version === 3 ? definition : undefined)

const offset = integer({ min: 0, max: 2 ** 52 })
const name = string({ unit: 'binary', maxLength: 80 })
const finite = double({ noNaN: true, noDefaultInfinity: true })
const matured = record({
  offset, wait: maxSafeInteger().map((n) => Math.abs(n) % 2 ** 52), time: nat().map((n) => n * 1000), model: name,
  slate: array(record({ id: name, x: array(integer({ min: -(2 ** 18), max: 2 ** 18 }), { maxLength: 40 }) }), { maxLength: 4 }),
  contributions: array(record({ item: nat(300), event: name, value: finite, feedbackId: name, final: boolean(), offset }), { maxLength: 5 }),
  rewards: array(finite, { minLength: 4, maxLength: 4 }), unseen: nat(2), discarded: boolean(),
}).map(({ wait, rewards, unseen, discarded, ...rest }): Matured => {
  const examined = discarded ? 0 : Math.max(0, rest.slate.length - unseen)
  const slate = discarded ? [] : rest.slate.map(({ id, x }, place) => ({ id, x: place < examined ? x : [] }))
  return { ...rest, id: 'd1', definition, slate, maturedAt: rest.offset + wait, examined, credited: rewards.slice(0, examined), discarded }
})

const asJson = ({ offset: o, time: t, maturedAt: m, model: k, examined: e, credited: c, slate, contributions, discarded }: Matured) =>
  seal({
    o, t, m, p: 'hôme/1', n: 3, k, e, c, d: discarded ? 1 : 0, s: slate.map(({ id, x }) => [id, x]),
    f: contributions.map(({ item, event, value, feedbackId, final, offset: own }) => [item, event, value, feedbackId, final ? 1 : 0, own]),
  })

it('gives back every bit, and reads what earlier versions saved', () => {
  assert(
    property(matured, (entry) => {
      const bytes = encodeMatured(entry)
      expect(decodeMatured('d1', bytes, definitionOf)).toEqual(entry)
      expect(encodeMatured(decodeMatured('d1', Uint8Array.from(bytes), definitionOf)!)).toEqual(bytes)
      const contributions = entry.contributions.map((one) => ({ ...one, value: one.value + 0 })) // JSON has no −0
      expect(decodeMatured('d1', asJson(entry), definitionOf)).toEqual({ ...entry, contributions, credited: entry.credited.map((value) => value + 0) })
      expect(decodeMatured('d1', bytes, () => undefined)).toBeNull()
    }),
    { numRuns: 500, seed: 51 },
  )
})

it('refuses any flipped bit and any cut', () => {
  assert(
    property(matured, nat(), nat(7), constantFrom(encodeMatured, asJson), (entry, place, bit, encode) => {
      const bytes = Uint8Array.from(encode(entry))
      const corrupt = (changed: Uint8Array) =>
        expect(() => decodeMatured('d1', changed, definitionOf)).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
      corrupt(bytes.subarray(0, place % bytes.length))
      bytes[place % bytes.length]! ^= 1 << bit
      corrupt(bytes)
    }),
    { numRuns: 500, seed: 52 },
  )
})
