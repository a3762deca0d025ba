import { ForageError } from '@forage/domain'
import { BlockBuilder, type Block } from './block.ts'
import type { Position } from './event-log.ts'

/** What one commit writes: all of it or nothing. */
export interface Batch {
  readonly blocks: readonly (Block & { readonly partition: number })[]
  readonly keys: readonly (Position & { readonly key: string })[]
}

export interface GroupCommitOptions {
  /** Per partition: the offset the next record gets, and the time of the last one. */
  readonly ends: readonly number[]
  readonly times: readonly number[]
  readonly now: () => number
  readonly lingerMs: number
  /** The same while everything that waits is patient. */
  readonly patientMs: number
  readonly maxBlockBytes: number
  readonly maxPendingBytes: number
  /** Resolves when the batch is durable. Called with one batch at a time; the bytes may be reused afterwards. */
  readonly commit: (batch: Batch) => Promise<void>
  /** The durable ends after a commit failed: it may have happened all the same. */
  readonly recover: () => readonly number[]
  readonly onReadable: (partition: number) => void
}

interface Pending {
  readonly partition: number
  readonly builder: BlockBuilder
  readonly keys: { key: string; index: number }[]
  base: number
  readonly committed: Promise<void>
  readonly settle: (error?: ForageError) => void
}

/** After a commit of fewer records than this, not counting patient ones, the next one does not linger: nobody is there to share it with. */
const CROWD = 8
/** So many full blocks end the patience of records for which nobody waits. */
const PATIENT_BLOCKS = 4

/**
 * Packs appends into blocks and commits one batch after the other: whatever arrives while a commit is under way shares the next one. Under
 * load a commit starts at most every `lingerMs` (or as soon as a block is full); in a quiet log at once, and no timer runs when it is idle.
 * Patient records start one at most every `patientMs`, and come along with any that is not.
 */
export class GroupCommit {
  readonly ends: number[]
  readonly times: number[]
  readonly #options: GroupCommitOptions
  readonly #idle: BlockBuilder[] = []
  #pending: Pending[] = []
  /** The block each partition is filling. */
  readonly #open = new Map<number, Pending>()
  /** Records somebody waits for. */
  #pendingUrgent = 0
  #waitingBytes = 0
  #writingBytes = 0
  #lastStart = -Infinity
  #lastUrgent = 0
  #writing: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #scheduled = false

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.ends = [...options.ends]
    this.times = [...options.times]
  }

  /** @throws ForageError `log_unavailable` when too much waits already, or the commit failed */
  append(partition: number, value: Uint8Array | readonly Uint8Array[], key: string | undefined, patient = false): Promise<Position> {
    let size = 0
    if (value instanceof Uint8Array) size = value.length
    else for (const part of value) size += part.length
    if (this.#waitingBytes + this.#writingBytes + size > this.#options.maxPendingBytes)
      return Promise.reject(new ForageError('log_unavailable', 'too many bytes wait to be written', { maxPendingBytes: this.#options.maxPendingBytes }))
    const block = this.#blockFor(partition, size)
    const index = block.builder.add(value, size)
    if (key !== undefined) block.keys.push({ key, index })
    this.#waitingBytes += size
    if (!patient && this.#pendingUrgent++ === 0) this.#stopTimer() // it was set for patient records
    this.#schedule()
    return block.committed.then(() => ({ partition, offset: block.base + index }))
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#writing !== null || this.#pending.length > 0) {
      if (this.#writing === null) this.#flush()
      await this.#writing
    }
  }

  #blockFor(partition: number, size: number): Pending {
    const open = this.#open.get(partition)
    if (open !== undefined && open.builder.length + size <= this.#options.maxBlockBytes) return open
    let settle: Pending['settle'] = () => {}
    const committed = new Promise<void>((resolve, reject) => (settle = (error) => (error === undefined ? resolve() : reject(error))))
    const block: Pending = { partition, builder: this.#idle.pop() ?? new BlockBuilder(), keys: [], base: 0, committed, settle }
    this.#open.set(partition, block)
    this.#pending.push(block)
    return block
  }

  #schedule(): void {
    if (this.#writing !== null || this.#scheduled) return
    const { lingerMs, patientMs, maxBlockBytes } = this.#options
    const urgent = this.#pendingUrgent > 0
    const full = this.#waitingBytes >= maxBlockBytes * (urgent ? 1 : PATIENT_BLOCKS)
    if (this.#timer !== null && !full) return
    const left = this.#lastStart + (urgent ? lingerMs : patientMs) - performance.now()
    if (left > 0 && !full && (!urgent || this.#lastUrgent >= CROWD)) {
      this.#timer = setTimeout(() => this.#flush(), left)
      return
    }
    this.#scheduled = true
    setImmediate(() => this.#flush()) // what else arrives in this turn comes along
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #flush(): void {
    this.#scheduled = false
    this.#stopTimer()
    if (this.#writing !== null || this.#pending.length === 0) return
    const blocks = this.#pending
    this.#pending = []
    this.#open.clear()
    this.#writingBytes = this.#waitingBytes
    this.#lastUrgent = this.#pendingUrgent
    this.#waitingBytes = this.#pendingUrgent = 0
    this.#lastStart = performance.now()
    this.#writing = this.#write(blocks)
  }

  async #write(blocks: readonly Pending[]): Promise<void> {
    const { commit, recover, onReadable, now } = this.#options
    const [ends, times] = [[...this.ends], [...this.times]]
    try {
      const written = blocks.map((block) => {
        const { partition, builder } = block
        block.base = ends[partition]!
        ends[partition] = block.base + builder.count
        times[partition] = Math.max(now(), times[partition]!)
        return { partition, base: block.base, time: times[partition], count: builder.count, bytes: builder.finish(block.base, times[partition]) }
      })
      const keys = blocks.flatMap(({ partition, base, keys }) => keys.map(({ key, index }) => ({ key, partition, offset: base + index })))
      await commit({ blocks: written, keys })
      blocks.forEach(({ settle }) => settle())
    } catch (cause) {
      const error = new ForageError('log_unavailable', 'the log could not write', {}, { cause })
      blocks.forEach(({ settle }) => settle(error))
      recover().forEach((end, partition) => (ends[partition] = end))
    }
    for (const partition of ends.keys()) {
      const grown = ends[partition]! > this.ends[partition]!
      this.ends[partition] = ends[partition]!
      this.times[partition] = times[partition]!
      if (grown) onReadable(partition)
    }
    for (const { builder } of blocks) {
      builder.reset()
      if (this.#idle.length < 2 * (this.ends.length + PATIENT_BLOCKS)) this.#idle.push(builder)
    }
    this.#writingBytes = 0
    this.#writing = null
    if (this.#pending.length > 0) this.#schedule()
  }
}
