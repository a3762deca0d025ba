import { array, assert, constantFrom, nat, property, tuple } from 'fast-check'
import { expect, it } from 'vitest'
import type { FetchedRecord } from './client.ts'
import { Spans } from './spans.ts'

/** A partition where offsets divisible by five hold no record. */
const recordsOf = (from: number, next: number): FetchedRecord[] =>
  Array.from({ length: next - from }, (_, index) => from + index).filter((offset) => offset % 5 !== 0).map((offset) => ({ offset, time: offset, key: null, value: Buffer.alloc(offset % 7) }))

it('gives what the partition holds, whatever was fetched in whatever order, and always what was fetched last', () => {
  const fetches = array(tuple(nat(60), nat(20)), { minLength: 1, maxLength: 30 })
  assert(property(fetches, constantFrom(0, 40, 1e6), (made, mostBytes) => {
    const spans = new Spans(mostBytes)
    for (const [from, length] of made) {
      spans.add(from, from + length, recordsOf(from, from + length))
      for (let offset = 0; offset < 90; offset++) {
        const found = spans.find(offset)
        if (offset >= from && offset < from + length) expect(found).not.toBeNull()
        if (found === null) continue
        expect(found.next).toBeGreaterThan(offset)
        expect(found.records.slice(found.index)).toEqual(recordsOf(offset, found.next))
      }
    }
  }), { seed: 3, numRuns: 200 })
})

it('lets go of the oldest when it holds too much', () => {
  const spans = new Spans(100)
  const filled = (from: number) => [{ offset: from, time: 0, key: null, value: Buffer.alloc(60) }]
  spans.add(0, 1, filled(0))
  spans.add(10, 11, filled(10))
  expect([spans.find(0), spans.find(10)?.next]).toEqual([null, 11])
})
