import { ForageError } from '@forage/domain'
import { checkKey, checkPartition, joinParts } from '../arguments.ts'
import type { AppendOptions, EventLog, LogRecord, Position } from '../event-log.ts'
import { KafkaClient } from '../kafka/client.ts'
import type { KafkaConnection } from '../kafka/kafkajs.ts'
import { KeyIndex } from '../kafka/key-index.ts'
import { BatchingProducer } from '../kafka/producer.ts'
import { Reader } from '../kafka/reader.ts'
import { Tail } from '../kafka/tail.ts'
import { ensureTopic, type Topic, type TopicOptions } from '../kafka/topic.ts'
import { Listeners } from '../listeners.ts'

export interface KafkaLogOptions extends KafkaConnection, Omit<TopicOptions, 'topic'> {
  /** Default `interactions`. */
  readonly topic?: string
  /** How long an append waits for others while no request is under way (default 2 ms). */
  readonly lingerMs?: number
  /** The same while only patient records wait (default 10 ms). */
  readonly patientMs?: number
  /** A batch of one partition is closed at this size (default 1 MiB). */
  readonly maxBatchBytes?: number
  /** Appends are refused while more than this waits to be acknowledged (default 32 MiB). */
  readonly maxPendingBytes?: number
  /** An append that Kafka has not acknowledged after this time is rejected (default 10 s; one last request may still be waited for). */
  readonly giveUpMs?: number
  readonly compression?: 'gzip' | 'none'
  /** What readers may hold of fetched records, over all partitions (default 32 MiB). */
  readonly cacheBytes?: number
  /** `find` knows the keys of so many newest records, over all partitions (default 100,000). */
  readonly findRecords?: number
}

/**
 * A log in one Kafka topic, which is made when it is missing. Any number of processes append and read; each reads where it likes, without a
 * consumer group. An append resolves when all in-sync replicas have it, with its real offset.
 *
 * What differs from the embedded logs: time is the brokers' (as monotonous as their clocks); offsets start where retention has left off, and
 * reading before that is `corrupt_state`; `find` knows the newest keys only, those appended by others included; a rejected append may
 * have happened, and may even become readable after later ones (`details.fate` is `unknown` then, `not appended` when it was never sent).
 * @throws ForageError `log_unavailable`, `corrupt_state` (a topic of another shape)
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const { topic = 'interactions' } = options
  const shape = await ensureTopic(options, { ...options, topic })
  const log = new KafkaLog(topic, shape, options)
  try {
    await log.connect()
    return log
  } catch (error) {
    await log.close()
    throw error
  }
}

/** A batch has a head, and its records have lengths and keys. */
const BATCH_OVERHEAD = 1024

class KafkaLog implements EventLog {
  readonly name = 'kafka'
  readonly partitions: number
  readonly #writing: KafkaClient
  readonly #reading: KafkaClient
  readonly #producer: BatchingProducer
  readonly #reader: Reader
  readonly #tail: Tail
  readonly #listeners = new Listeners()
  readonly #watchers: number[]
  readonly #keys: KeyIndex
  readonly #findRecords: number
  /** Per partition: all keys before this offset are in the index, as far as it reaches. */
  readonly #indexed = new Map<number, number>()
  #indexing: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(topic: string, { partitions, maxMessageBytes }: Topic, options: KafkaLogOptions) {
    const { lingerMs = 2, patientMs = 10, maxBatchBytes = 1 << 20, maxPendingBytes = 32 << 20, giveUpMs = 10_000, compression = 'gzip', cacheBytes = 32 << 20, findRecords = 100_000 } = options
    const maxRecordBytes = maxMessageBytes - BATCH_OVERHEAD
    this.partitions = partitions
    this.#writing = new KafkaClient(options, topic)
    this.#reading = new KafkaClient(options, topic)
    this.#producer = new BatchingProducer(this.#writing, partitions, { lingerMs, patientMs, maxBatchBytes: Math.min(maxBatchBytes, maxRecordBytes / 2), maxRecordBytes, maxPendingBytes, giveUpMs, compress: compression === 'gzip', onAppended: (partition, end) => this.#reader.saw(partition, end) })
    this.#keys = new KeyIndex(findRecords)
    this.#findRecords = findRecords
    this.#reader = new Reader(this.#reading, partitions, cacheBytes, (partition, records) => this.#keys.addAll(partition, records))
    this.#tail = new Tail(new KafkaClient(options, topic), (fetched, from) => {
      this.#reader.keep(fetched, from)
      this.#listeners.notify(fetched.partition)
    })
    this.#watchers = Array.from({ length: partitions }, () => 0)
  }

  async connect(): Promise<void> {
    await this.#reader.ends(Array.from({ length: this.partitions }, (_, partition) => partition))
  }

  append(partition: number, value: Uint8Array | readonly Uint8Array[], { key, patient = false }: AppendOptions = {}): Promise<Position> {
    try {
      this.#check(partition)
      if (key !== undefined) checkKey(key)
      const { buffer } = joinParts(value)
      const appended = this.#producer.append(partition, Buffer.from(buffer), key === undefined ? null : Buffer.from(key), patient)
      return key === undefined ? appended : appended.then((position) => this.#indexOwn(key, position))
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  async read(partition: number, offset: number, { maxRecords = 1000, maxBytes = 1 << 20 }: { maxRecords?: number; maxBytes?: number } = {}): Promise<LogRecord[]> {
    this.#check(partition)
    return this.#reader.read(partition, offset, maxRecords, maxBytes)
  }

  async start(partition: number): Promise<number> {
    this.#check(partition)
    return this.#reader.start(partition)
  }

  async end(partition: number): Promise<number> {
    this.#check(partition)
    return this.#reader.end(partition)
  }

  async offsetAt(partition: number, timeMs: number): Promise<number> {
    this.#check(partition)
    return this.#reader.offsetAt(partition, timeMs)
  }

  /** Reads what was appended since the last call, the first time the newest `findRecords`, unless it knows the key already. */
  async find(key: string): Promise<Position | null> {
    this.#check(0)
    checkKey(key)
    const known = this.#keys.find(key)
    if (known !== null) return known
    await this.#indexing // it may have asked for the ends before the key was appended
    this.#indexing ??= this.#index().finally(() => (this.#indexing = null))
    await this.#indexing
    return this.#keys.find(key)
  }

  subscribe(partition: number, listener: () => void): () => void {
    this.#check(partition)
    const remove = this.#listeners.add(partition, listener)
    if (this.#watchers[partition]!++ === 0) this.#tail.watch(partition, this.#reader.knownEnd(partition))
    let active = true
    return () => {
      remove()
      if (active && --this.#watchers[partition]! === 0) this.#tail.unwatch(partition)
      active = false
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#listeners.clear()
    await Promise.all([this.#tail.close(), this.#producer.drain()])
    await Promise.all([this.#writing.close(), this.#reading.close()])
  }

  #indexOwn(key: string, position: Position): Position {
    this.#keys.add(key, position)
    return position
  }

  async #index(): Promise<void> {
    const ends = await this.#reader.ends(Array.from({ length: this.partitions }, (_, partition) => partition))
    for (const [partition, end] of ends) {
      let next = this.#indexed.get(partition) ?? Math.max(await this.#reader.start(partition), end - Math.ceil(this.#findRecords / this.partitions))
      while (next < end) {
        const records = await this.#reader.read(partition, next, 5000, 4 << 20) // fills the index as it goes
        if (records.length === 0) break
        next = records.at(-1)!.offset + 1
      }
      this.#indexed.set(partition, Math.max(next, end))
    }
  }

  #check(partition: number): void {
    if (this.#closing !== null) throw new ForageError('log_unavailable', 'the log is closed')
    checkPartition(partition, this.partitions)
  }
}
