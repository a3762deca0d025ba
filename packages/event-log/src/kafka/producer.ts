import { ForageError } from '@forage/domain'
import type { Position } from '../event-log.ts'
import { groupBy, kafkaFault, type KafkaClient, type ProduceBatch } from './client.ts'

export interface ProducerOptions {
  /** How long an append waits for others while nothing is under way. */
  readonly lingerMs: number
  /** The same while only patient records wait. */
  readonly patientMs: number
  /** A batch of one partition is closed at this size; a larger record gets one of its own. */
  readonly maxBatchBytes: number
  /** Largest record the topic takes. */
  readonly maxRecordBytes: number
  readonly maxPendingBytes: number
  /** An append not acknowledged after this time is rejected. */
  readonly giveUpMs: number
  readonly compress: boolean
  /** Called before the appends resolve; `end` is the offset after the last of them. */
  readonly onAppended?: (partition: number, end: number) => void
  readonly now?: () => number
}

interface Pending {
  readonly key: Buffer | null
  readonly value: Buffer
  readonly patient: boolean
  readonly deadline: number
  readonly resolve: (position: Position) => void
  readonly reject: (error: ForageError) => void
}

interface Flight extends ProduceBatch {
  readonly records: readonly Pending[]
  readonly bytes: number
}

/** What the broker knows this producer by: batches of a partition are numbered, and one that comes again is not appended again. */
interface Identity {
  readonly id: string
  readonly epoch: number
  readonly sequences: Map<number, number>
}

const MOST_RECORDS = 5000
const COMPRESS_FROM_BYTES = 2048
/** What a waiting record costs besides its bytes. */
const RECORD_OVERHEAD = 100
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000
const SEQUENCES = 2 ** 31
const sequenceFaults = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH', 'DUPLICATE_SEQUENCE_NUMBER', 'INVALID_PRODUCER_ID_MAPPING'])
const finalFaults = new Set([...sequenceFaults, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP', 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'UNSUPPORTED_VERSION', 'POLICY_VIOLATION'])

/**
 * Sends appends in batches, one request under way for each leader: what arrives meanwhile is the next batch, so the order of a partition needs
 * no more than this. A request that fails is sent again under the same sequence numbers until the time is up, which appends it once.
 * After a batch was given up its fate is unknown, and its numbers must not be used for other records (the broker would take those for the old
 * ones and acknowledge them): the producer goes on under a new id.
 */
export class BatchingProducer {
  readonly #client: KafkaClient
  readonly #options: ProducerOptions
  readonly #now: () => number
  readonly #queues: Pending[][]
  readonly #flying = new Set<number>()
  readonly #lanes = new Set<number>()
  #identity: Identity | null = null
  #identifying: Promise<Identity> | null = null
  #waiting = 0
  #urgent = 0
  #waitingBytes = 0
  #pendingBytes = 0
  #timer: { readonly due: number; readonly cancel: () => void } | null = null
  #idle: (() => void)[] = []

  constructor(client: KafkaClient, partitions: number, options: ProducerOptions) {
    this.#client = client
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#queues = Array.from({ length: partitions }, () => [])
  }

  /** Takes ownership of the bytes. @throws ForageError `log_unavailable`, `internal` (too large a record) */
  append(partition: number, value: Buffer, key: Buffer | null, patient: boolean): Promise<Position> {
    const { maxPendingBytes, maxRecordBytes, giveUpMs } = this.#options
    const size = value.length + (key?.length ?? 0)
    if (size > maxRecordBytes) return Promise.reject(new ForageError('internal', `a record of this log has at most ${maxRecordBytes} bytes`, { bytes: size, maxRecordBytes }))
    if (this.#pendingBytes + size + RECORD_OVERHEAD > maxPendingBytes) return Promise.reject(new ForageError('log_unavailable', 'too many bytes wait to be written', { maxPendingBytes, fate: 'not appended' }))
    this.#pendingBytes += size + RECORD_OVERHEAD
    this.#waitingBytes += size
    this.#waiting += 1
    if (!patient) this.#urgent += 1
    return new Promise((resolve, reject) => {
      this.#queues[partition]!.push({ key, value, patient, deadline: this.#now() + giveUpMs, resolve, reject })
      this.#schedule(false)
    })
  }

  /** Resolves when nothing waits any more, acknowledged or given up. */
  async drain(): Promise<void> {
    if (this.#waiting === 0 && this.#flying.size === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #schedule(flown: boolean): void {
    if (this.#waiting === 0) return
    const { lingerMs, patientMs, maxBatchBytes } = this.#options
    const wait = this.#waitingBytes >= maxBatchBytes || (flown && this.#urgent > 0) ? 0 : this.#urgent > 0 ? lingerMs : patientMs
    const due = this.#now() + wait
    if (this.#timer !== null && this.#timer.due <= due) return
    this.#timer?.cancel()
    const run = () => {
      this.#timer = null
      this.#pump()
    }
    if (wait > 0) {
      const timer = setTimeout(run, wait)
      this.#timer = { due, cancel: () => clearTimeout(timer) }
    } else {
      const turn = setImmediate(run) // what else arrives in this turn comes along
      this.#timer = { due, cancel: () => clearImmediate(turn) }
    }
  }

  #pump(): void {
    const byLeader = new Map<number, number[]>()
    for (const [partition, queue] of this.#queues.entries()) {
      if (queue.length === 0 || this.#flying.has(partition)) continue
      const leader = this.#client.leaderOf(partition)
      if (!this.#lanes.has(leader)) byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
    }
    for (const [leader, partitions] of byLeader) void this.#fly(leader, partitions)
  }

  async #fly(lane: number, partitions: readonly number[]): Promise<void> {
    const flights = partitions.map((partition) => this.#take(partition)).filter((flight) => flight !== null)
    this.#lanes.add(lane)
    for (const { partition } of flights) this.#flying.add(partition)
    try {
      if (flights.length > 0) await this.#send(flights)
    } finally {
      this.#lanes.delete(lane)
      for (const { partition, bytes } of flights) {
        this.#flying.delete(partition)
        this.#pendingBytes -= bytes
      }
      if (this.#waiting === 0 && this.#flying.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
      this.#schedule(true)
    }
  }

  /** The next batch of a partition. What has waited too long is told so: it was never sent. */
  #take(partition: number): Flight | null {
    const [queue, now] = [this.#queues[partition]!, this.#now()]
    let [count, bytes, late] = [0, 0, 0]
    for (const { key, value, deadline, patient } of queue) {
      const size = value.length + (key?.length ?? 0)
      if (count === late && deadline < now) late += 1
      else if (count - late >= MOST_RECORDS || (count > late && bytes + size > this.#options.maxBatchBytes)) break
      count += 1
      bytes += size
      if (!patient) this.#urgent -= 1
    }
    const taken = queue.splice(0, count)
    this.#waiting -= count
    this.#waitingBytes -= bytes
    const expired = taken.splice(0, late)
    let freed = 0
    for (const { key, value, reject } of expired) {
      freed += value.length + (key?.length ?? 0) + RECORD_OVERHEAD
      reject(new ForageError('log_unavailable', 'Kafka did not take records for too long; this one was not sent', { partition, fate: 'not appended' }))
    }
    this.#pendingBytes -= freed
    if (taken.length === 0) return null
    return { partition, firstSequence: 0, messages: taken.map(({ key, value }) => ({ key, value })), records: taken, bytes: bytes + count * RECORD_OVERHEAD - freed }
  }

  /** Settles every record of the batches. */
  async #send(flights: readonly Flight[]): Promise<void> {
    const deadline = Math.min(...flights.map(({ records }) => records[0]!.deadline))
    let identity: Identity | null = null
    let left: Flight[] = [...flights]
    let sent = false
    for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      let fault: ForageError
      try {
        await this.#client.connect()
        if (identity === null) {
          const mine = (identity = await this.#identify())
          left = left.map((flight) => ({ ...flight, firstSequence: mine.sequences.get(flight.partition) ?? 0 }))
        }
        const failed = await this.#attempt(identity, left)
        if (failed === null) return
        sent = true
        left = failed.left
        fault = failed.error
      } catch (error) {
        fault = error as ForageError
      }
      const name = kafkaFault(fault) ?? ''
      if (attempt === 1 && left.length === 1 && sequenceFaults.has(name)) {
        this.#forget(identity) // refused at the first try, and no other partition was in the request: nothing of it is in the log
        identity = null
        continue
      }
      if (finalFaults.has(name) || this.#now() + pause > deadline) {
        if (sent) this.#forget(identity)
        const error = new ForageError('log_unavailable', `${fault.message}${sent ? '; whether the record is in the log is unknown' : ''}`, { ...fault.details, fate: sent ? 'unknown' : 'not appended' }, { cause: fault })
        for (const { records } of left) for (const { reject } of records) reject(error)
        return
      }
      await new Promise((resolve) => void setTimeout(resolve, pause))
      await this.#client.refresh().catch(() => {})
    }
  }

  /** One try. `null` when everything was acknowledged. */
  async #attempt(identity: Identity, flights: readonly Flight[]): Promise<{ left: Flight[]; error: ForageError } | null> {
    const left: Flight[] = []
    let error: ForageError | null = null
    const byLeader = groupBy(flights, ({ partition }) => this.#client.leaderOf(partition))
    await Promise.all([...byLeader].map(async ([leader, own]) => {
      try {
        const offsets = await this.#client.produce(leader, identity, own, this.#options.compress && worthCompressing(own))
        for (const flight of own) {
          const base = offsets.get(flight.partition)!
          this.#options.onAppended?.(flight.partition, base + flight.records.length)
          acknowledge(identity, flight, base)
        }
      } catch (thrown) {
        error = thrown as ForageError
        left.push(...own)
      }
    }))
    return error === null ? null : { left, error }
  }

  async #identify(): Promise<Identity> {
    if (this.#identity !== null) return this.#identity
    this.#identifying ??= this.#client.newProducer().then((producer) => (this.#identity = { ...producer, sequences: new Map() })).finally(() => (this.#identifying = null))
    return this.#identifying
  }

  #forget(identity: Identity | null): void {
    if (this.#identity === identity) this.#identity = null
  }
}

/** Setting gzip up costs more than a small batch could save. */
function worthCompressing(flights: readonly Flight[]): boolean {
  return flights.reduce((sum, { bytes }) => sum + bytes, 0) >= flights.length * COMPRESS_FROM_BYTES
}

function acknowledge({ sequences }: Identity, { partition, firstSequence, records }: Flight, baseOffset: number): void {
  sequences.set(partition, (firstSequence + records.length) % SEQUENCES)
  for (const [index, { resolve }] of records.entries()) resolve({ partition, offset: baseOffset + index })
}
