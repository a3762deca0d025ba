import { ForageError } from '@forage/domain'
import type { LogRecord } from '../event-log.ts'
import { kafkaFault, type Fetched, type FetchedRecord, type KafkaClient } from './client.ts'
import { Spans } from './spans.ts'

const FETCH_BYTES = 1 << 20
const END = -1
const START = -2

/** Reads anywhere in the partitions of a topic, without a consumer group. */
export class Reader {
  readonly #client: KafkaClient
  readonly #spans: readonly Spans[]
  /** Highest end of each partition ever seen: appended to, read or asked for. */
  readonly #ends: number[]
  readonly #onRecords: (partition: number, records: readonly FetchedRecord[]) => void

  constructor(client: KafkaClient, partitions: number, cacheBytes: number, onRecords: (partition: number, records: readonly FetchedRecord[]) => void) {
    this.#client = client
    this.#spans = Array.from({ length: partitions }, () => new Spans(cacheBytes / partitions))
    this.#ends = Array.from({ length: partitions }, () => 0)
    this.#onRecords = onRecords
  }

  knownEnd(partition: number): number {
    return this.#ends[partition]!
  }

  saw(partition: number, end: number): void {
    if (end > this.#ends[partition]!) this.#ends[partition] = end
  }

  /** Keeps what somebody else fetched. */
  keep({ partition, records, next, end }: Fetched, from: number): void {
    this.saw(partition, end)
    this.#spans[partition]!.add(from, next, records)
    if (records.length > 0) this.#onRecords(partition, records)
  }

  /** @throws ForageError `log_unavailable`; `corrupt_state` when records from `offset` on are no longer kept */
  async read(partition: number, offset: number, maxRecords: number, maxBytes: number): Promise<LogRecord[]> {
    const found: FetchedRecord[] = []
    let [next, bytes] = [Math.max(0, offset), 0]
    if (!Number.isSafeInteger(next)) return []
    while (found.length < maxRecords && bytes < maxBytes) {
      const held = this.#spans[partition]!.find(next)
      if (held === null) {
        if (found.length > 0 && next >= this.#ends[partition]!) break
        if (!(await this.#fetch(partition, next, maxBytes - bytes))) break
        continue
      }
      for (let index = held.index; index < held.records.length; index++) {
        const record = held.records[index]!
        bytes += record.value.length
        if (found.length >= maxRecords || (found.length > 0 && bytes > maxBytes)) return ownedBy(partition, found)
        found.push(record)
      }
      next = held.next
    }
    return ownedBy(partition, found)
  }

  async end(partition: number): Promise<number> {
    return (await this.ends([partition])).get(partition)!
  }

  async ends(partitions: readonly number[]): Promise<Map<number, number>> {
    const ends = await this.#client.patiently(() => this.#client.listOffsets(partitions, END))
    for (const [partition, end] of ends) this.saw(partition, end)
    return ends
  }

  async start(partition: number): Promise<number> {
    return (await this.#client.patiently(() => this.#client.listOffsets([partition], START))).get(partition)!
  }

  async offsetAt(partition: number, timeMs: number): Promise<number> {
    const time = Math.max(0, Math.min(Math.ceil(timeMs), Number.MAX_SAFE_INTEGER)) // below zero are special words
    const found = (await this.#client.patiently(() => this.#client.listOffsets([partition], time))).get(partition)!
    return found < 0 ? this.end(partition) : found
  }

  /** Fetches from `offset` on into the spans; false at the end of the log. */
  async #fetch(partition: number, offset: number, bytes: number): Promise<boolean> {
    try {
      const maxBytes = Math.max(64 << 10, Math.min(bytes, FETCH_BYTES))
      return await this.#client.patiently(async () => {
        const [fetched] = await this.#client.fetch(this.#client.leaderOf(partition), [{ partition, offset }], { waitMs: 0, maxBytes })
        this.keep(fetched!, offset)
        if (fetched!.next <= offset) this.#checkEnd(partition, offset)
        return fetched!.next > offset
      })
    } catch (error) {
      if (kafkaFault(error) !== 'OFFSET_OUT_OF_RANGE') throw error
      await this.#explain(partition, offset)
      return false
    }
  }

  /** No records is not the end of the log: a broker over its quota gives none, and a new leader may not know yet what is committed. */
  #checkEnd(partition: number, offset: number): void {
    const known = this.#ends[partition]!
    if (offset < known) throw new ForageError('log_unavailable', `partition ${partition} of the log gave nothing from ${offset} on, but it reaches ${known}`, { partition, offset, known })
  }

  /** Past the end there is nothing to read, unless there was; before the start records are lost to this reader. */
  async #explain(partition: number, offset: number): Promise<void> {
    const [start, end, known] = [await this.start(partition), await this.end(partition), this.#ends[partition]!]
    if (offset < start) throw new ForageError('corrupt_state', `partition ${partition} of the log starts at ${start}: the records from ${offset} on are no longer kept`, { partition, offset, start })
    if (offset <= known && end < known) throw new ForageError('log_unavailable', `partition ${partition} of the log ends at ${end}, but it did reach ${known}: a leader is behind, or records are lost`, { partition, offset, end, known })
  }
}

/** Copies for one reader, all in one piece of memory: a piece for each record costs more than reading it. */
function ownedBy(partition: number, records: readonly FetchedRecord[]): LogRecord[] {
  const memory = new Uint8Array(records.reduce((sum, { value }) => sum + value.length, 0))
  let at = 0
  return records.map(({ offset, time, value }) => {
    const own = memory.subarray(at, (at += value.length))
    own.set(value)
    return { partition, offset, time, value: own }
  })
}
