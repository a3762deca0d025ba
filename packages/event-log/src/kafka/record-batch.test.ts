import { promisify } from 'node:util'
import { gunzip, gzipSync } from 'node:zlib'
import { array, asyncProperty, assert, boolean, integer, nat, option, record, uint8Array } from 'fast-check'
import { expect, it } from 'vitest'
import { batchEnd, readBatch } from './record-batch.ts'

const unpack = (codec: number, packed: Buffer) => (codec === 1 ? promisify(gunzip)(packed) : Promise.reject(new Error(`codec ${codec}`)))

function varint(value: number): Buffer {
  let left = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value)
  const bytes: number[] = []
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
  return Buffer.from([...bytes, Number(left)])
}
const sized = (bytes: Uint8Array | null) => (bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]))

const content = record({
  key: option(uint8Array({ maxLength: 200 })), value: option(uint8Array({ maxLength: 300 })),
  gap: nat(1_000_000), delay: integer({ min: -(2 ** 40), max: 2 ** 40 }),
  headers: array(record({ key: uint8Array({ maxLength: 9 }), value: uint8Array({ maxLength: 9 }) }), { maxLength: 2 }),
})
const batches = record({
  list: array(content, { maxLength: 20 }), first: integer({ min: 0, max: 2 ** 50 }), time: nat(2 ** 41), packed: boolean(), appended: boolean(), control: boolean(),
})
type Given = Parameters<Parameters<typeof batches.map>[0]>[0]

/** A batch, written down from the documentation of the format. */
function batchOf({ list, first, time, packed, appended, control }: Given): { bytes: Buffer; expected: object[] } {
  let delta = 0
  const expected: object[] = []
  const records = list.map(({ key, value, gap, delay, headers }) => {
    expected.push({
      offset: first + delta, timestamp: appended ? time + 7 : time + delay, isControlRecord: control,
      key: key && Buffer.from(key), value: value && Buffer.from(value),
    })
    const extra = headers.flatMap((header) => [sized(header.key), sized(header.value)])
    const body = Buffer.concat([Buffer.of(0), varint(delay), varint(delta), sized(key), sized(value), varint(headers.length), ...extra])
    delta += 1 + gap
    return Buffer.concat([varint(body.length), body])
  })
  const body = packed ? gzipSync(Buffer.concat(records)) : Buffer.concat(records)
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(BigInt(first), 0)
  head.writeInt32BE(49 + body.length, 8)
  head[16] = 2
  head.writeInt16BE((packed ? 1 : 0) | (appended ? 8 : 0) | (control ? 32 : 0), 21)
  head.writeBigInt64BE(BigInt(time), 27)
  head.writeBigInt64BE(BigInt(time + 7), 35)
  head.writeInt32BE(list.length, 57)
  return { bytes: Buffer.concat([head, body]), expected }
}

it('reads batches that follow each other, compressed or not', () =>
  assert(
    asyncProperty(array(batches, { minLength: 1, maxLength: 4 }), async (given) => {
      const made = given.map(batchOf)
      const bytes = Buffer.concat(made.map((batch) => batch.bytes))
      let at = 0
      for (const { expected } of made) {
        expect(await readBatch(bytes, at, unpack)).toEqual(expected)
        at = batchEnd(bytes, at)
      }
      expect(at).toBe(bytes.length)
    }),
    { numRuns: 200, seed: 61 },
  ))

it('says where a batch that was cut off would end, and ends itself on any bytes', () =>
  assert(
    asyncProperty(batches, nat(), nat(255), async (given, place, noise) => {
      const { bytes } = batchOf({ ...given, packed: false })
      const cut = bytes.subarray(0, place % bytes.length)
      expect(batchEnd(cut, 0)).toBeGreaterThan(cut.length)
      if (bytes.length === 61) return
      bytes[61 + (place % (bytes.length - 61))] = noise
      await readBatch(bytes, 0, unpack).catch((error: unknown) => expect(error).toBeInstanceOf(RangeError))
    }),
    { numRuns: 300, seed: 62 },
  ))
