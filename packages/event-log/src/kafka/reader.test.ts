import { expect, it } from 'vitest'
import type { KafkaClient } from './client.ts'
import { Reader } from './reader.ts'

/** A partition of `end` records, whose broker gives nothing for the first `silent` fetches; every failure is tried once more. */
function readerOf(end: number, silent: number): Reader {
  const client: Partial<KafkaClient> = {
    leaderOf: () => 0,
    listOffsets: async () => new Map([[0, end]]),
    patiently: (action) => action().catch(action),
    fetch: async (_, [wanted]) => {
      const { partition, offset } = wanted!
      if (silent-- > 0) return [{ partition, records: [], next: offset, end }]
      const records = Array.from({ length: end - offset }, (_, index) => ({ offset: offset + index, time: 0, key: null, value: Buffer.of(offset + index) }))
      return [{ partition, records, next: end, end }]
    },
  }
  return new Reader(client as KafkaClient, 1, 1 << 20, () => {})
}

it('takes no records for the end of the log only at the end of the log', async () => {
  expect((await readerOf(5, 1).read(0, 2, 10, 1000)).map(({ offset }) => offset)).toEqual([2, 3, 4])
  const reader = readerOf(5, 2)
  await expect(reader.read(0, 2, 10, 1000)).rejects.toMatchObject({ code: 'log_unavailable' })
  expect((await reader.read(0, 2, 10, 1000)).length).toBe(3)
  expect(await readerOf(5, 2).read(0, 5, 10, 1000)).toEqual([])
})
