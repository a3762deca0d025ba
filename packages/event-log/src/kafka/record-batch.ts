/** A record of a batch, as it stands in the log. */
export interface BatchRecord {
  readonly offset: number
  /** Milliseconds. */
  readonly timestamp: number
  /** Share memory with their neighbours. */
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord: boolean
}

/** Where a batch's fields are, in bytes from its first. */
const LENGTH = 8
const AFTER_LENGTH = 12
const ATTRIBUTES = 21
const FIRST_TIMESTAMP = 27
const MAX_TIMESTAMP = 35
const COUNT = 57
const RECORDS = 61

const CODEC = 7
const LOG_APPEND_TIME = 8
const CONTROL = 32

/** Offset of the byte after the batch that begins at `at`; past the end of `bytes` when it is cut off. */
export function batchEnd(bytes: Buffer, at: number): number {
  return bytes.length < at + RECORDS ? Infinity : at + AFTER_LENGTH + bytes.readInt32BE(at + LENGTH)
}

/**
 * The records of the whole batch (format 2) at `at`. Its checksum is not looked at: TCP and the broker have theirs.
 * @param unpack undoes compression, given Kafka's number of the codec (1: gzip)
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export async function readBatch(bytes: Buffer, at: number, unpack: (codec: number, packed: Buffer) => Promise<Buffer>): Promise<BatchRecord[]> {
  const attributes = bytes.readInt16BE(at + ATTRIBUTES)
  const body = bytes.subarray(at + RECORDS, batchEnd(bytes, at))
  const codec = attributes & CODEC
  const count = bytes.readInt32BE(at + COUNT)
  const firstTimestamp = Number(bytes.readBigInt64BE(at + FIRST_TIMESTAMP))
  const maxTimestamp = Number(bytes.readBigInt64BE(at + MAX_TIMESTAMP))
  if (count <= 0) return []
  return readRecords(codec === 0 ? body : await unpack(codec, body), count, {
    firstOffset: Number(bytes.readBigInt64BE(at)),
    firstTimestamp,
    appended: (attributes & LOG_APPEND_TIME) === 0 ? null : maxTimestamp,
    isControlRecord: (attributes & CONTROL) !== 0,
  })
}

interface Batch {
  readonly firstOffset: number
  readonly firstTimestamp: number
  /** The broker's time, which all records of the batch share; null when they have their own. */
  readonly appended: number | null
  readonly isControlRecord: boolean
}

function readRecords(bytes: Buffer, count: number, { firstOffset, firstTimestamp, appended, isControlRecord }: Batch): BatchRecord[] {
  let at = 0

  /** Zigzag, 7 bits a byte, lowest first; exact up to 2⁵³. */
  function number(): number {
    let byte = bytes[at++]!
    let value = byte & 127
    for (let scale = 128; byte >= 128; scale *= 128) {
      if (at >= bytes.length || scale > 2 ** 63) throw new RangeError('a record batch that cannot be read')
      byte = bytes[at++]!
      value += (byte & 127) * scale
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  function buffer(end: number): Buffer | null {
    const length = number()
    if (length < 0) return null
    if (!(at + length <= end)) throw new RangeError('a record batch that cannot be read')
    return bytes.subarray(at, (at += length))
  }

  const records: BatchRecord[] = []
  for (let index = 0; index < count; index++) {
    const length = number()
    const end = at + length
    if (!(length > 0 && end <= bytes.length)) throw new RangeError('a record batch that cannot be read')
    at++ // attributes, of which there are none yet
    const timestamp = firstTimestamp + number()
    const offset = firstOffset + number()
    const key = buffer(end)
    const value = buffer(end)
    records.push({ offset, timestamp: appended ?? timestamp, key, value, isControlRecord })
    at = end // over headers
  }
  return records
}
