import { array, assert, integer, nat, property, uint8Array } from 'fast-check'
import { expect, it } from 'vitest'
import { BlockBuilder, openBlock, ReadBudget, readRecords } from './block.ts'
import type { LogRecord } from './event-log.ts'

function build(values: readonly Uint8Array[], base: number, time: number, builder = new BlockBuilder()): Uint8Array {
  values.forEach((value, index) => expect(builder.add(index % 2 ? [value.subarray(0, 1), value.subarray(1)] : value, value.length)).toBe(index))
  return new Uint8Array(builder.finish(base, time))
}

it('gives back the records from any offset on, also from a builder that was used before', () => {
  const builder = new BlockBuilder()
  assert(
    property(array(uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 30 }), integer({ min: 0, max: 2 ** 50 }), nat(1e12), nat(40), (values, base, time, skip) => {
      builder.reset()
      const records: LogRecord[] = []
      readRecords(openBlock(build(values, base, time, builder), 3, base), 3, base + skip, new ReadBudget(1000, 1e9), records)
      expect(records).toEqual(values.map((value, index) => ({ partition: 3, offset: base + index, time, value })).slice(skip))
    }),
  )
})

it('notices every single flipped bit', () => {
  const bytes = build([Uint8Array.of(1, 2, 3), Uint8Array.of()], 70, 123)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice()
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => openBlock(damaged, 0, 70), `bit ${bit}`).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
  }
  for (let length = 0; length < bytes.length; length++) expect(() => openBlock(bytes.subarray(0, length), 0, 70)).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
  expect(() => openBlock(bytes, 0, 71)).toThrow(expect.objectContaining({ details: { partition: 0, offset: 71 } }))
  expect(openBlock(bytes, 0, 70).count).toBe(2)
})

it('grows past its first buffer', () => {
  const values = Array.from({ length: 100 }, (_, index) => new Uint8Array(5000).fill(index))
  const records: LogRecord[] = []
  readRecords(openBlock(build(values, 0, 1), 0, 0), 0, 0, new ReadBudget(1000, 1e9), records)
  expect(records.map(({ value }) => value[4999])).toEqual(values.map((value) => value[0]))
})
