import { ForageError } from '@forage/domain'
import { kafkaCluster, UNCOMMITTED, type Broker, type Cluster, type KafkaConnection } from './kafkajs.ts'
import type { BatchRecord } from './record-batch.ts'

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

const GZIP = 1
const FIRST_PAUSE_MS = 20
const PATIENCE_MS = 1500

/** One set of connections to the leaders of one topic. A connection answers in order, so whoever polls for long needs a client of its own. */
export class KafkaClient {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #requestTimeoutMs: number
  #connected: Promise<void> | null = null

  constructor(connection: KafkaConnection, topic: string) {
    this.#cluster = kafkaCluster(connection)
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
        maxWaitTime: waitMs, minBytes: 1, maxBytes: maxBytes * wanted.length, isolationLevel: UNCOMMITTED,
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
      const { responses } = await this.#ask(leader, 'offsets cannot be read', (broker) => broker.listOffsets({ replicaId: -1, isolationLevel: UNCOMMITTED, topics }))
      for (const { partitions } of responses) for (const { partition, offset } of partitions) found.set(partition, Number(offset))
    }))
    return found
  }

  /** Runs `action`, and again after looking where the leaders are now: once in any case, and while little time has passed (leaders move). */
  async patiently<T>(action: () => Promise<T>): Promise<T> {
    const start = performance.now()
    for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause *= 2) {
      try {
        await this.connect()
        return await action()
      } catch (error) {
        if (kafkaFault(error) === 'OFFSET_OUT_OF_RANGE' || (attempt > 1 && performance.now() - start > PATIENCE_MS)) throw error
      }
      if (attempt > 1) await new Promise((resolve) => void setTimeout(resolve, pause))
      await this.refresh().catch(() => {})
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

function fetched(partition: number, from: number, end: number, messages: readonly BatchRecord[]): Fetched {
  const records: FetchedRecord[] = []
  let next = from
  for (const { offset, timestamp, key, value, isControlRecord } of messages) {
    const at = Number(offset) // a number already, but in formats of before 2017
    if (at < from) continue // a batch comes whole
    next = at + 1
    if (isControlRecord !== true) records.push({ offset: at, time: Number(timestamp), key, value: value ?? Buffer.alloc(0) })
  }
  return { partition, records, next, end }
}
