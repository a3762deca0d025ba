import { ForageError } from '@forage/domain'
import type { AppendOptions, EventLog, LogRecord, Position } from '../event-log.ts'
import { checkKey, checkPartition, joinParts } from '../arguments.ts'
import { Listeners } from '../listeners.ts'

export interface MemoryLogOptions {
  /** Default 1. */
  readonly partitions?: number
  /** Milliseconds since the epoch; stamps the records. */
  readonly now?: () => number
}

/** A log that lives as long as the process: for tests and simulations. A record is readable as soon as `append` returns. */
export function createMemoryLog({ partitions = 1, now = Date.now }: MemoryLogOptions = {}): EventLog {
  return new MemoryLog(partitions, now)
}

interface Stored {
  readonly time: number
  readonly value: Uint8Array
}

class MemoryLog implements EventLog {
  readonly name = 'memory'
  readonly partitions: number
  readonly #now: () => number
  readonly #records: Stored[][]
  readonly #keys = new Map<string, Position>()
  readonly #listeners = new Listeners()
  #closed = false

  constructor(partitions: number, now: () => number) {
    this.partitions = partitions
    this.#now = now
    this.#records = Array.from({ length: partitions }, () => [])
  }

  async append(partition: number, value: Uint8Array | readonly Uint8Array[], { key }: AppendOptions = {}): Promise<Position> {
    const records = this.#open(partition)
    if (key !== undefined) checkKey(key)
    const position = { partition, offset: records.length }
    records.push({ time: Math.max(this.#now(), records.at(-1)?.time ?? 0), value: joinParts(value) })
    if (key !== undefined && !this.#keys.has(key)) this.#keys.set(key, position)
    this.#listeners.notify(partition)
    return { ...position }
  }

  async read(partition: number, offset: number, { maxRecords = 1000, maxBytes = 1 << 20 }: { maxRecords?: number; maxBytes?: number } = {}): Promise<LogRecord[]> {
    const records = this.#open(partition)
    const found: LogRecord[] = []
    for (let at = Math.max(0, offset), bytes = 0; at < records.length && found.length < maxRecords; at++) {
      const { time, value } = records[at]!
      bytes += value.length
      if (found.length > 0 && bytes > maxBytes) break
      found.push({ partition, offset: at, time, value: value.slice() })
    }
    return found
  }

  async start(partition: number): Promise<number> {
    this.#open(partition)
    return 0
  }

  async end(partition: number): Promise<number> {
    return this.#open(partition).length
  }

  async offsetAt(partition: number, timeMs: number): Promise<number> {
    const records = this.#open(partition)
    let [low, high] = [0, records.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (records[middle]!.time < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }

  async find(key: string): Promise<Position | null> {
    this.#open(0)
    const position = this.#keys.get(key)
    return position === undefined ? null : { ...position }
  }

  subscribe(partition: number, listener: () => void): () => void {
    this.#open(partition)
    return this.#listeners.add(partition, listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
  }

  #open(partition: number): Stored[] {
    if (this.#closed) throw new ForageError('log_unavailable', 'the log is closed')
    checkPartition(partition, this.partitions)
    return this.#records[partition]!
  }
}
