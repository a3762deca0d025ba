import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { batchEnd, readBatch, type BatchRecord } from './record-batch.ts'

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

export interface Broker {
  produce(request: object): Promise<{ topics: { partitions: { partition: number; baseOffset: string }[] }[] }>
  fetch(request: object): Promise<{ responses: { partitions: { partition: number; highWatermark: string; messages: BatchRecord[] }[] }[] }>
  listOffsets(request: object): Promise<{ responses: { partitions: { partition: number; offset: string }[] }[] }>
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>
  disconnect(): Promise<void>
}

export interface Cluster {
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

interface Decoder {
  readonly buffer: Buffer
  offset: number
}

/**
 * kafkajs 2.2.4 reads a batch with three objects, four 64-bit numbers and two strings for each record, and unzips it in pieces of 16 KiB; that
 * took more time than learning. Its other parts are handed this in the place of its own decoder.
 */
async function decodeBatch(from: Decoder): Promise<{ records: BatchRecord[] }> {
  const { buffer, offset } = from
  const end = batchEnd(buffer, offset)
  if (end > buffer.length) throw Object.assign(new Error('the batch is cut off'), { name: 'KafkaJSPartialMessageError' }) // the limit of the fetch
  from.offset = end
  return { records: await readBatch(buffer, offset, unpack) }
}
const decoderModule = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder')
require.cache[decoderModule] = { id: decoderModule, filename: decoderModule, loaded: true, exports: decodeBatch } as unknown as NodeJS.Module

const { Kafka, logLevel } = require('kafkajs') as { Kafka: new (options: object) => { admin(): Admin }; logLevel: { NOTHING: number } }
// kafkajs reads through consumer groups only; these are the layers below, which can read anywhere. Its version is pinned exactly.
const KafkaCluster = require('kafkajs/src/cluster') as new (options: object) => Cluster
const { createLogger } = require('kafkajs/src/loggers') as { createLogger(options: object): unknown }
const createSocketFactory = require('kafkajs/src/network/socketFactory') as () => (wanted: object) => Socket
const Connection = require('kafkajs/src/network/connection') as { prototype: KafkaSocket }
const { KafkaJSConnectionError } = require('kafkajs/src/errors') as { KafkaJSConnectionError: new (message: string) => Error }
const RequestQueue = require('kafkajs/src/network/requestQueue') as {
  prototype: { throttleCheckTimeoutId: NodeJS.Timeout | null; throttledUntil: number; pending: unknown[]; scheduleCheckPendingRequests(): void; checkPendingRequests(): void }
}

const { Codecs } = require('kafkajs/src/protocol/message/compression') as { Codecs: Record<number, () => { decompress(packed: Buffer): Promise<Buffer> }> }
const GZIP = 1
const unzip = promisify(gunzip) as (packed: Buffer, options: { chunkSize: number }) => Promise<Buffer>
const [LEAST_CHUNK, MOST_CHUNK] = [1024, 8 << 20]

/** Of gzip the last four bytes tell how much will come, so it comes in one piece; were they wrong, in several. */
async function unpack(codec: number, packed: Buffer): Promise<Buffer> {
  if (codec !== GZIP) return Codecs[codec]!().decompress(packed)
  const length = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4)
  return unzip(packed, { chunkSize: Math.min(Math.max(length + 1, LEAST_CHUNK), MOST_CHUNK) })
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

interface KafkaSocket {
  socket: Socket | undefined
  /** What has come of answers that are not complete. */
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  connect(): Promise<unknown>
  disconnect(): Promise<unknown>
  rejectRequests(error: Error): void
}

const LENGTH_BYTES = 4
const { connect, disconnect } = Connection.prototype
const connecting = new WeakMap<KafkaSocket, Promise<unknown>>()

/**
 * kafkajs 2.2.4 goes on reading where the last socket broke off: after half an answer it understands no other one, for ever. It listens to
 * replaced sockets, whose late end or answer spoils the new one, and makes two sockets for two that ask at once. Here every socket starts anew.
 */
Connection.prototype.connect = function () {
  if (this.isConnected()) return Promise.resolve(true)
  const known = connecting.get(this)
  if (known !== undefined) return known
  const attempt = connectAnew(this).finally(() => connecting.delete(this))
  connecting.set(this, attempt)
  return attempt
}

async function connectAnew(connection: KafkaSocket): Promise<unknown> {
  const old = connection.socket
  if (old !== undefined) {
    for (const event of ['data', 'end', 'error', 'timeout']) old.removeAllListeners(event)
    old.on('error', () => {}).destroy()
  }
  connection.rejectRequests(new KafkaJSConnectionError('the connection was replaced'))
  Object.assign(connection, { socket: undefined, chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES })
  const connected = connect.call(connection)
  const { socket } = connection as { socket: Socket | undefined }
  const closed = new Promise((_, reject) => socket?.once('close', () => reject(new KafkaJSConnectionError('the connection was closed'))))
  closed.catch(() => {})
  return Promise.race([connected, closed])
}

/** kafkajs 2.2.4 leaves a listener on its last socket whenever it disconnects again; Node complains after ten. */
Connection.prototype.disconnect = function () {
  if (this.socket?.destroyed === true) this.socket = undefined
  return disconnect.call(this)
}

/** Isolation level: transactions are no part of our topics. */
export const UNCOMMITTED = 0

function options({ brokers, clientId = 'forage', ssl, sasl, connectionTimeoutMs = 2000, requestTimeoutMs = 5000 }: KafkaConnection) {
  // kafkajs writes into the `sasl` it is given
  const retry = { retries: 0 } // callers know what may be tried again, and until when
  return { brokers: [...brokers], clientId, ssl, sasl: sasl && { ...sasl }, connectionTimeout: connectionTimeoutMs, requestTimeout: requestTimeoutMs, enforceRequestTimeout: true, authenticationTimeout: connectionTimeoutMs, reauthenticationThreshold: 10_000, retry }
}

/** A client for the seldom work: making and describing topics. */
export function kafkaAdmin(connection: KafkaConnection): Admin {
  return new Kafka({ ...options(connection), retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 }, logLevel: logLevel.NOTHING }).admin()
}

/** The connections to a cluster, which are made when they are needed. */
export function kafkaCluster(connection: KafkaConnection): Cluster {
  const logger = createLogger({ level: logLevel.NOTHING, logCreator: () => () => {} })
  const sockets = new Set<Socket>()
  const make = createSocketFactory()
  const socketFactory = (wanted: object) => {
    const socket = make(wanted)
    sockets.add(socket)
    return socket.once('close', () => sockets.delete(socket))
  }
  const cluster = new KafkaCluster({ ...options(connection), logger, socketFactory, metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: UNCOMMITTED })
  const disconnectKnown = cluster.disconnect.bind(cluster)
  // kafkajs forgets connections that were replaced; a process with an open one does not end
  cluster.disconnect = async () => {
    await disconnectKnown()
    for (const socket of sockets) socket.destroy()
  }
  return cluster
}
