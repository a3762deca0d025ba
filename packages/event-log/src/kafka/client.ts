import { createRequire } from 'node:module'
import type { ConnectionOptions } from 'node:tls'
import { ForageError } from '@forage/domain'

/** How to reach a Kafka cluster. */
export interface KafkaConnection {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  /** Names this process in the brokers' logs and quotas (default `forage`). */
  readonly clientId?: string
  readonly ssl?: boolean | ConnectionOptions
  readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string }
  /** Default 2000. */
  readonly connectionTimeoutMs?: number
  /** A request without an answer for so long is tried again (default 5000). */
  readonly requestTimeoutMs?: number
}

export interface FetchedRecord {
  readonly offset: number
  /** Milliseconds; the broker's time in a topic with log-append time. */
  readonly time: number
  readonly key: Buffer | null
  /** Shares memory with its neighbours. */
  readonly value: Buffer
}

export interface Fetched {
  readonly partition: number
  readonly records: readonly FetchedRecord[]
  /** Offset after the last record seen, control records included; the requested offset when there was none. */
  readonly next: number
  /** Offset after the last committed record (the high watermark). */
  readonly end: number
}

export interface ProduceBatch {
  readonly partition: number
  readonly firstSequence: number
  readonly messages: readonly { readonly key: Buffer | null; readonly value: Buffer }[]
}

interface RawMessage {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord?: boolean
}

interface Broker {
  produce(request: object): Promise<{ topics: { partitions: { partition: number; baseOffset: string }[] }[] }>
  fetch(request: object): Promise<{ responses: { partitions: { partition: number; highWatermark: string; messages: RawMessage[] }[] }[] }>
  listOffsets(request: object): Promise<{ responses: { partitions: { partition: number; offset: string }[] }[] }>
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>
  disconnect(): Promise<void>
}

interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  findBroker(wanted: { nodeId: string }): Promise<Broker>
  findControllerBroker(): Promise<Broker>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
}

export interface Admin {
  connect(): Promise<void>
  disconnect(): Promise<void>
  listTopics(): Promise<string[]>
  createTopics(wanted: object): Promise<boolean>
  fetchTopicMetadata(wanted: { topics: string[] }): Promise<{ topics: { partitions: unknown[] }[] }>
  describeConfigs(wanted: object): Promise<{ resources: { configEntries: { configName: string; configValue: string }[] }[] }>
}

const require = createRequire(import.meta.url)
const { Kafka, logLevel } = require('kafkajs') as { Kafka: new (options: object) => { admin(): Admin }; logLevel: { NOTHING: number } }
// kafkajs reads through consumer groups only; these are the layers below, which can read anywhere. Its version is pinned exactly.
const KafkaCluster = require('kafkajs/src/cluster') as new (options: object) => Cluster
const { createLogger } = require('kafkajs/src/loggers') as { createLogger(options: object): unknown }
const createSocketFactory = require('kafkajs/src/network/socketFactory') as () => unknown
const RequestQueue = require('kafkajs/src/network/requestQueue') as {
  prototype: { throttleCheckTimeoutId: NodeJS.Timeout | null; throttledUntil: number; pending: unknown[]; scheduleCheckPendingRequests(): void; checkPendingRequests(): void }
}

/** kafkajs 2.2.4 wakes up every millisecond for each connection, even an idle one (tulios/kafkajs#1751). Here: only while requests wait. */
RequestQueue.prototype.scheduleCheckPendingRequests = function () {
  const throttledMs = this.throttledUntil - Date.now()
  if (this.throttleCheckTimeoutId !== null || (this.pending.length === 0 && throttledMs <= 0)) return
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null
    this.checkPendingRequests()
  }, Math.max(10, throttledMs))
}

const GZIP = 1
const EVERYTHING_COMMITTED_TO_THE_LOG = 0 // isolation level: nobody writes transactions into our topics

function options({ brokers, clientId = 'forage', ssl, sasl, connectionTimeoutMs = 2000, requestTimeoutMs = 5000 }: KafkaConnection) {
  const retry = { retries: 0 } // callers know what may be tried again, and until when
  return { brokers: [...brokers], clientId, ssl, sasl, connectionTimeout: connectionTimeoutMs, requestTimeout: requestTimeoutMs, enforceRequestTimeout: true, authenticationTimeout: connectionTimeoutMs, reauthenticationThreshold: 10_000, retry }
}

export function kafkaAdmin(connection: KafkaConnection): Admin {
  return new Kafka({ ...options(connection), retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 }, logLevel: logLevel.NOTHING }).admin()
}

/** One set of connections to the leaders of one topic. A connection answers in order, so whoever polls for long needs a client of its own. */
export class KafkaClient {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #requestTimeoutMs: number
  #connected: Promise<void> | null = null

  constructor(connection: KafkaConnection, topic: string) {
    const logger = createLogger({ level: logLevel.NOTHING, logCreator: () => () => {} })
    this.#cluster = new KafkaCluster({ ...options(connection), logger, socketFactory: createSocketFactory(), metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: EVERYTHING_COMMITTED_TO_THE_LOG })
    this.#topic = topic
    this.#requestTimeoutMs = connection.requestTimeoutMs ?? 5000
  }

  /** Learns where the leaders are. Cheap once it has succeeded. */
  connect(): Promise<void> {
    this.#connected ??= this.#connect().catch((error: unknown) => {
      this.#connected = null
      throw error
    })
    return this.#connected
  }

  async #connect(): Promise<void> {
    try {
      await this.#cluster.connect()
      await this.#cluster.addTargetTopic(this.#topic)
    } catch (error) {
      throw unavailable(error, 'Kafka cannot be reached')
    }
  }

  async refresh(): Promise<void> {
    try {
      await this.#cluster.refreshMetadata()
    } catch (error) {
      throw unavailable(error, 'no broker tells where the partitions are')
    }
  }

  /** The broker that leads a partition, as far as is known; -1 when nobody does. */
  leaderOf(partition: number): number {
    try {
      return this.#cluster.findTopicPartitionMetadata(this.#topic).find(({ partitionId }) => partitionId === partition)?.leader ?? -1
    } catch {
      return -1
    }
  }

  /** Base offset per partition. All or nothing fails; after an error each batch may or may not be in the log, and may be sent again with its sequence. */
  async produce(leader: number, producer: { readonly id: string; readonly epoch: number }, batches: readonly ProduceBatch[], compress: boolean): Promise<Map<number, number>> {
    return this.#ask(leader, 'records cannot be appended', async (broker) => {
      const { topics } = await broker.produce({
        acks: -1, timeout: this.#requestTimeoutMs, compression: compress ? GZIP : 0, producerId: producer.id, producerEpoch: producer.epoch, transactionalId: null,
        topicData: [{ topic: this.#topic, partitions: batches }],
      })
      return new Map(topics.flatMap(({ partitions }) => partitions.map(({ partition, baseOffset }) => [partition, Number(baseOffset)] as const)))
    })
  }

  async newProducer(): Promise<{ id: string; epoch: number }> {
    try {
      const { producerId, producerEpoch } = await (await this.#cluster.findControllerBroker()).initProducerId({ transactionTimeout: 60_000 })
      return { id: producerId, epoch: producerEpoch }
    } catch (error) {
      throw unavailable(error, 'no producer id')
    }
  }

  async fetch(leader: number, wanted: readonly { readonly partition: number; readonly offset: number }[], { waitMs, maxBytes }: { waitMs: number; maxBytes: number }): Promise<Fetched[]> {
    const offsets = new Map(wanted.map(({ partition, offset }) => [partition, offset]))
    return this.#ask(leader, 'records cannot be read', async (broker) => {
      const { responses } = await broker.fetch({
        maxWaitTime: waitMs, minBytes: 1, maxBytes: maxBytes * wanted.length, isolationLevel: EVERYTHING_COMMITTED_TO_THE_LOG,
        topics: [{ topic: this.#topic, partitions: wanted.map(({ partition, offset }) => ({ partition, fetchOffset: String(offset), maxBytes })) }],
      })
      return responses.flatMap(({ partitions }) => partitions.map(({ partition, highWatermark, messages }) => fetched(partition, offsets.get(partition)!, Number(highWatermark), messages)))
    })
  }

  /** Per partition, the first offset at or after a time in milliseconds (-1 when there is none); `-1` asks for the end, `-2` for the start. */
  async listOffsets(partitions: readonly number[], time: number): Promise<Map<number, number>> {
    const found = new Map<number, number>()
    const byLeader = groupBy(partitions, (partition) => this.leaderOf(partition))
    await Promise.all([...byLeader].map(async ([leader, own]) => {
      const topics = [{ topic: this.#topic, partitions: own.map((partition) => ({ partition, timestamp: String(time) })) }]
      const { responses } = await this.#ask(leader, 'offsets cannot be read', (broker) => broker.listOffsets({ replicaId: -1, isolationLevel: EVERYTHING_COMMITTED_TO_THE_LOG, topics }))
      for (const { partitions } of responses) for (const { partition, offset } of partitions) found.set(partition, Number(offset))
    }))
    return found
  }

  /** Runs `action`, and once more after looking where the leaders are now. */
  async patiently<T>(action: () => Promise<T>): Promise<T> {
    await this.connect()
    try {
      return await action()
    } catch (error) {
      if (kafkaFault(error) === 'OFFSET_OUT_OF_RANGE') throw error
      await this.refresh()
      return action()
    }
  }

  async close(): Promise<void> {
    await this.#connected?.catch(() => {})
    await this.#cluster.disconnect().catch(() => {})
  }

  async #ask<T>(leader: number, failing: string, action: (broker: Broker) => Promise<T>): Promise<T> {
    if (leader < 0) throw new ForageError('log_unavailable', `${failing}: the partition has no leader`, { kafka: 'LEADER_NOT_AVAILABLE' })
    let broker: Broker | null = null
    try {
      broker = await this.#cluster.findBroker({ nodeId: String(leader) })
      return await action(broker)
    } catch (error) {
      if ((error as Error).name === 'KafkaJSRequestTimeoutError') await broker?.disconnect().catch(() => {}) // what follows must not queue behind it
      throw unavailable(error, failing)
    }
  }
}

export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** What Kafka or the connection called the fault of an error of this client. */
export function kafkaFault(error: unknown): string | null {
  return error instanceof ForageError ? ((error.details['kafka'] as string | undefined) ?? null) : null
}

export function unavailable(error: unknown, failing: string): ForageError {
  if (error instanceof ForageError) return error
  const { message, name, type, cause } = error as Error & { type?: string; cause?: { type?: string } }
  return new ForageError('log_unavailable', `${failing}: ${message}`, { kafka: type ?? cause?.type ?? name }, { cause: error })
}

function fetched(partition: number, from: number, end: number, messages: readonly RawMessage[]): Fetched {
  const records: FetchedRecord[] = []
  let next = from
  for (const { offset, timestamp, key, value, isControlRecord } of messages) {
    const at = Number(offset)
    if (at < from) continue // a batch comes whole
    next = at + 1
    if (isControlRecord !== true) records.push({ offset: at, time: Number(timestamp), key, value: value ?? Buffer.alloc(0) })
  }
  return { partition, records, next, end }
}
