import type { EncoderSpec, Features, FieldSpec } from '@forage/domain'
import { describe, expect, it } from 'vitest'
import { createEncoder } from './create-encoder.ts'

const encoderOf = (fields: FieldSpec[], crosses: [string, string][] = [], intercept = false) => createEncoder({ kind: 'declared', intercept, fields, crosses } satisfies EncoderSpec)

function encode(fields: FieldSpec[], context: Features, item: Features = {}, crosses: [string, string][] = [], intercept = false): number[] {
  const encoder = encoderOf(fields, crosses, intercept)
  const out = new Float64Array(encoder.d)
  encoder.join(encoder.context(context), encoder.item(item), out, 0)
  return [...out]
}

const numeric = (clip = 8): FieldSpec => ({ name: 'hour', from: 'context', type: 'numeric', mean: 12, sd: 4, clip })
const device: FieldSpec = { name: 'device', from: 'context', type: 'categorical', values: ['mobile', 'tv'] }

describe('a field', () => {
  it.each([[20, 2], [4, -2], [1000, 3], [-1e308, -3], [12, 0], [null, 0]])('standardises and clips the number %f to %f', (hour, expected) => {
    expect(encode([numeric(3)], { hour })).toEqual([expected])
  })
  it('clips to the grid when the limit is not on it', () => {
    expect(encode([numeric(0.1)], { hour: 100 })).toEqual([Math.round(0.1 * 4096) / 4096])
  })
  it.each([[5, 0], [6, 1], [11.9, 1], [12, 2], [18, 3], [1e300, 3]])('says in which bin %f lies: %i', (hour, bin) => {
    const x = encode([{ name: 'hour', from: 'context', type: 'numeric', mean: 0, sd: 1, clip: 8, bins: [6, 12, 18] }], { hour })
    expect(x).toEqual([Math.min(hour, 8), ...[0, 1, 2, 3].map((index) => (index === bin ? 1 : 0))])
  })
  it('leaves its bins empty when the number is missing, and names them', () => {
    const spec: FieldSpec = { name: 'hour', from: 'context', type: 'numeric', mean: 0, sd: 1, clip: 8, bins: [6, 12] }
    expect(encode([spec], {})).toEqual([0, 0, 0, 0])
    expect(encoderOf([spec]).names).toEqual(['hour', 'hour<6', 'hour∈[6,12)', 'hour≥12'])
  })
  it.each([['tv', [0, 1]], [['tv', 'mobile'], [1, 1]], ['fridge', [0, 0]], ['__proto__', [0, 0]], [[], [0, 0]], [null, [0, 0]]])('marks the listed values of %j', (value, expected) => {
    expect(encode([device], { device: value })).toEqual(expected)
  })
  it('gives one bucket to a hashed value, also for a key that objects inherit', () => {
    const spec: FieldSpec = { name: 'constructor', from: 'context', type: 'hashed', buckets: 8 }
    expect(encode([spec], { constructor: 'a' }).filter((value) => value === 1)).toHaveLength(1)
    expect(encode([spec], {})).toEqual(Array.from({ length: 8 }, () => 0))
  })
  it('scales a vector', () => {
    expect(encode([{ name: 'v', from: 'context', type: 'vector', length: 3, scale: 2, clip: 8 }], { v: [1, -0.5, 100] })).toEqual([2, -1, 8])
  })
  it.each<[FieldSpec, Features, string]>([
    [numeric(), { hour: '8' }, 'context.hour'],
    [numeric(), { hour: Infinity }, 'context.hour'],
    [numeric(), { hour: [8] }, 'context.hour'],
    [device, { device: 3 }, 'context.device'],
    [device, { device: ['tv', null] }, 'context.device[1]'],
    [{ name: 'b', from: 'context', type: 'boolean' }, { b: 1 }, 'context.b'],
    [{ name: 'v', from: 'context', type: 'vector', length: 2, scale: 1, clip: 1 }, { v: [1] }, 'context.v'],
    [{ name: 'v', from: 'context', type: 'vector', length: 2, scale: 1, clip: 1 }, { v: [1, 'x'] }, 'context.v[1]'],
  ])('refuses a wrong value and says where: %j %j', (spec, features, field) => {
    const refusal = expect(() => encode([spec], features))
    refusal.toThrow(expect.objectContaining({ code: 'invalid_feature', details: expect.objectContaining({ field }) }))
    refusal.toThrow(`${field}: expected`)
  })
})

it('puts item fields, crosses, context fields and the intercept in this order, with a name for each', () => {
  const fields: FieldSpec[] = [numeric(), device, { name: 'colour', from: 'item', type: 'categorical', values: ['red', 'blue'] }, { name: 'device', from: 'item', type: 'boolean' }]
  const encoder = encoderOf(fields, [['hour', 'colour'], ['device', 'device']], true)
  expect(encoder.names).toEqual([
    'colour=red', 'colour=blue', 'item.device', 'hour×colour=red', 'hour×colour=blue', 'context.device=mobile×item.device',
    'context.device=tv×item.device', 'hour', 'context.device=mobile', 'context.device=tv', 'intercept',
  ])
  expect(encoder.itemLength).toBe(7)
  expect(encode(fields, { hour: 20, device: 'tv', unknown: [{}] }, { colour: 'blue', device: true }, [['hour', 'colour'], ['device', 'device']], true)).toEqual([0, 1, 1, 0, 2, 0, 1, 2, 0, 1, 1])
})

it('keeps products on the grid and in range', () => {
  const wide = (from: 'context' | 'item'): FieldSpec => ({ name: from, from, type: 'numeric', mean: 0, sd: 1, clip: 64 })
  const cross = (context: number, item: number) => encode([wide('context'), wide('item')], { context }, { item }, [['context', 'item']])[1]!
  expect(cross(50, 50)).toBe(64)
  expect(cross(-50, 50)).toBe(-64)
  expect(cross(0.3, 0.7)).toBeCloseTo(0.21, 3)
  expect(Number.isInteger(cross(0.3, 0.7) * 4096)).toBe(true)
})

it('refuses parts of another encoder', () => {
  const [one, two] = [encoderOf([numeric()]), encoderOf([device])]
  expect(() => two.join(one.context({}), two.item({}), new Float64Array(2), 0)).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
})

const spec = (change: Partial<Extract<EncoderSpec, { kind: 'declared' }>>): EncoderSpec => ({ kind: 'declared', intercept: true, fields: [numeric(), device], crosses: [], ...change })
it.each<[string, EncoderSpec]>([
  ['fields[1].name', spec({ fields: [numeric(), numeric()] })],
  ['fields[0].sd', spec({ fields: [{ ...numeric(), sd: 0 } as FieldSpec] })],
  ['fields[0].clip', spec({ fields: [numeric(65)] })],
  ['fields[0].mean', spec({ fields: [{ ...numeric(), mean: Number.NaN } as FieldSpec] })],
  ['fields[0].bins[1]', spec({ fields: [{ ...numeric(), bins: [1, 1] } as FieldSpec] })],
  ['fields[0].values', spec({ fields: [{ ...device, values: ['a', 'a'] } as FieldSpec] })],
  ['fields[0].type', spec({ fields: [{ name: 'a', from: 'item', type: 'other' } as unknown as FieldSpec] })],
  ['crosses[0][0]', spec({ crosses: [['price', 'hour']] })],
  ['crosses[0][1]', spec({ crosses: [['hour', 'device']] })],
  ['fields', spec({ fields: [], intercept: false })],
  ['fields', spec({ fields: [{ name: 'v', from: 'item', type: 'vector', length: 2048, scale: 1, clip: 1 }] })],
  ['dimension', { kind: 'hashed', dimension: 4, interactions: true, intercept: true }],
])('refuses a spec and names the fault: %s', (path, wrong) => {
  expect(() => createEncoder(wrong)).toThrow(expect.objectContaining({ code: 'invalid_spec', details: { path } }))
})
