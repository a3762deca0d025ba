import { mkdirSync } from 'node:fs'
import { ForageError } from '@forage/domain'
import { open, type Database, type RootDatabase } from 'lmdb'
import { checkKey, checkPartition } from '../arguments.ts'
import { openBlock, ReadBudget, readRecords, type Block } from '../block.ts'
import type { AppendOptions, EventLog, LogRecord, Position } from '../event-log.ts'
import { GroupCommit, type Batch } from '../group-commit.ts'
import { Listeners } from '../listeners.ts'
import { TailCache } from '../tail-cache.ts'
import { durably } from './lmdb-durably.ts'
import { blockKey, decodePosition, encodePosition, openLayout, parseBlockKey } from './lmdb-layout.ts'
import { lockForWriting } from './lmdb-writer-lock.ts'

export interface LmdbLogOptions {
  /** A folder; made when it is missing. */
  readonly path: string
  /** Fixed when the log is made (then 1 by default); opening it with another number is refused. */
  readonly partitions?: number
  /** Milliseconds since the epoch; stamps the records. */
  readonly now?: () => number
  /** Opens beside a writing process; appends are refused. */
  readonly readOnly?: boolean
  /** Under load, at most one commit starts in this time (default 2 ms). */
  readonly lingerMs?: number
  /** The same while only patient records wait (default 10 ms). */
  readonly patientMs?: number
  /** A block is closed at this size (default 256 KiB). */
  readonly maxBlockBytes?: number
  /** Appends are refused while more than this waits to be written (default 32 MiB). */
  readonly maxPendingBytes?: number
  /** How often a read-only log with subscribers looks for new records (default 100 ms). */
  readonly pollMs?: number
}

/**
 * A log in one LMDB folder. One process writes (a second one is refused), any number read. An append resolves after its transaction was
 * written and synced (LMDB's own order: data, sync, meta page); commits run in LMDB's thread, one at a time.
 * @throws ForageError `log_unavailable` (cannot be opened, or another process writes), `corrupt_state` (another layout or partition count)
 */
export function openLmdbLog(options: LmdbLogOptions): EventLog {
  const { path, readOnly = false } = options
  let env: RootDatabase | null = null
  try {
    if (!readOnly) mkdirSync(path, { recursive: true })
    // overlappingSync off: a commit resolves after it reached the disk
    // eventTurnBatching off: it makes promises nobody can catch, which end the process when a commit fails (a full disk)
    env = open({ path, readOnly, noSubdir: false, overlappingSync: false, eventTurnBatching: false, maxDbs: 4, encoding: 'binary' })
    return new LmdbLog(env, options)
  } catch (cause) {
    void env?.close()
    if (cause instanceof ForageError) throw cause
    throw new ForageError('log_unavailable', `the log ${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`, { path }, { cause })
  }
}

/** Newest blocks kept in memory, over all partitions. */
const TAIL_BYTES = 8 << 20

class LmdbLog implements EventLog {
  readonly name = 'lmdb'
  readonly partitions: number
  readonly #env: RootDatabase
  readonly #blocks: Database<Buffer, Buffer>
  readonly #keys: Database<Buffer, Buffer>
  readonly #readOnly: boolean
  readonly #listeners = new Listeners()
  readonly #commits: GroupCommit | null
  /** Blocks this process committed while somebody was subscribed. */
  readonly #tails: readonly TailCache[]
  readonly #unlock: () => Promise<void>
  readonly #pollMs: number
  #poll: ReturnType<typeof setInterval> | null = null
  #closing: Promise<void> | null = null

  constructor(env: RootDatabase, options: LmdbLogOptions) {
    const { path, readOnly = false, now = Date.now, lingerMs = 2, patientMs = 10, maxBlockBytes = 256 << 10, maxPendingBytes = 32 << 20, pollMs = 100 } = options
    const layout = openLayout(env, options)
    this.#env = env
    this.#readOnly = readOnly
    this.#pollMs = pollMs
    this.#blocks = layout.blocks
    this.#keys = layout.keys
    this.partitions = layout.partitions
    this.#tails = Array.from({ length: layout.partitions }, () => new TailCache(TAIL_BYTES / layout.partitions))
    this.#unlock = readOnly ? async () => {} : lockForWriting(env, layout.meta, path)
    const lasts = Array.from({ length: layout.partitions }, (_, partition) => this.#blockAt(partition, Infinity))
    const ends = lasts.map((last) => (last === null ? 0 : last.base + last.count))
    const recover = () => ends.map((_, partition) => this.#storedEnd(partition))
    this.#commits = readOnly
      ? null
      : new GroupCommit({
          ends, times: lasts.map((last) => last?.time ?? 0), now, lingerMs, patientMs, maxBlockBytes, maxPendingBytes, recover,
          commit: (batch) => this.#commit(batch),
          onReadable: (partition) => this.#listeners.notify(partition),
        })
  }

  append(partition: number, value: Uint8Array | readonly Uint8Array[], { key, patient }: AppendOptions = {}): Promise<Position> {
    try {
      this.#check(partition)
      if (key !== undefined) checkKey(key)
      if (this.#commits === null) throw new ForageError('log_unavailable', 'the log was opened for reading only')
      return this.#commits.append(partition, value, key, patient)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  async read(partition: number, offset: number, { maxRecords = 1000, maxBytes = 1 << 20 }: { maxRecords?: number; maxBytes?: number } = {}): Promise<LogRecord[]> {
    this.#refresh(partition)
    const [records, budget, end] = [[] as LogRecord[], new ReadBudget(maxRecords, maxBytes), this.#end(partition)]
    for (let next = Math.max(0, offset); next < end && !budget.spent; ) {
      const block = this.#tails[partition]!.find(next) ?? this.#blockAt(partition, next)
      if (block === null || next >= block.base + block.count) throw new ForageError('corrupt_state', `partition ${partition} of the log has a hole at offset ${next}`, { partition, offset: next })
      readRecords(block, partition, next, budget, records)
      next = block.base + block.count
    }
    return records
  }

  async start(partition: number): Promise<number> {
    this.#check(partition)
    return 0
  }

  async end(partition: number): Promise<number> {
    this.#refresh(partition)
    return this.#end(partition)
  }

  async offsetAt(partition: number, timeMs: number): Promise<number> {
    this.#refresh(partition)
    let [low, high] = [0, this.#end(partition)]
    while (low < high) {
      const block = this.#blockAt(partition, Math.floor((low + high) / 2))!
      if (block.time < timeMs) low = block.base + block.count
      else high = block.base // may end below low, then low is the answer
    }
    return low
  }

  async find(key: string): Promise<Position | null> {
    this.#refresh(0)
    checkKey(key)
    const found = reading(() => this.#keys.getBinary(Buffer.from(key)))
    return found === undefined ? null : decodePosition(found)
  }

  subscribe(partition: number, listener: () => void): () => void {
    this.#check(partition)
    const unsubscribe = this.#listeners.add(partition, listener)
    if (this.#commits === null) this.#watch()
    return unsubscribe
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#poll !== null) clearInterval(this.#poll)
    await this.#commits?.drain()
    this.#listeners.clear()
    await this.#unlock()
    await this.#env.close()
  }

  async #commit({ blocks, keys }: Batch): Promise<void> {
    await durably(this.#env, () => {
      for (const { partition, base, bytes } of blocks) void this.#blocks.put(blockKey(partition, base), bytes as Buffer)
      const seen = new Set<string>()
      for (const { key, ...position } of keys) {
        const name = Buffer.from(key)
        if (seen.has(key) || this.#keys.doesExist(name)) continue // the first keeps it; nobody else writes
        seen.add(key)
        void this.#keys.put(name, encodePosition(position))
      }
    })
    if (this.#listeners.size > 0) for (const { partition, bytes, ...block } of blocks) this.#tails[partition]!.add({ ...block, bytes: new Uint8Array(bytes) })
  }

  /** The block that holds `offset`, or the last one before it; null in an empty partition. Its bytes are a copy. */
  #blockAt(partition: number, offset: number): Block | null {
    const found = reading(() => {
      const [key] = this.#blocks.getKeys({ start: blockKey(partition, offset), end: blockKey(partition, -1), reverse: true, limit: 1 })
      return key === undefined ? null : ([this.#blocks.getBinary(key)!, parseBlockKey(key)] as const)
    })
    return found === null ? null : openBlock(found[0], partition, found[1])
  }

  #end(partition: number): number {
    return this.#commits === null ? this.#storedEnd(partition) : this.#commits.ends[partition]!
  }

  #storedEnd(partition: number): number {
    const last = this.#blockAt(partition, Infinity)
    return last === null ? 0 : last.base + last.count
  }

  #check(partition: number): void {
    if (this.#closing !== null) throw new ForageError('log_unavailable', 'the log is closed')
    checkPartition(partition, this.partitions)
  }

  /** Another process's commits are visible to a read transaction begun after them. */
  #refresh(partition: number): void {
    this.#check(partition)
    if (this.#readOnly) this.#env.resetReadTxn()
  }

  #watch(): void {
    if (this.#poll !== null) return
    const ends = new Map<number, number>()
    this.#poll = setInterval(() => {
      for (let partition = 0; partition < this.partitions; partition++) {
        this.#env.resetReadTxn()
        const end = this.#storedEnd(partition)
        if (end > (ends.get(partition) ?? 0)) this.#listeners.notify(partition)
        ends.set(partition, end)
      }
    }, this.#pollMs)
    this.#poll.unref()
  }
}

function reading<T>(action: () => T): T {
  try {
    return action()
  } catch (cause) {
    throw new ForageError('log_unavailable', `the log cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {}, { cause })
  }
}
