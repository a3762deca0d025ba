import { ForageError } from '@forage/domain'
import type { EventLog, LogRecord } from '@forage/event-log'
import type { Checkpoint, Store } from '@forage/store'
import { checkLog } from './check-log.ts'
import { DeadLetters } from './dead-letters.ts'
import type { Fold, Shard } from './fold.ts'
import { retry } from './retry.ts'
import { MOST_BEHIND, SaveCadence } from './save-cadence.ts'
import type { Slices } from './slices.ts'
import type { Timers } from './timers.ts'
import { Unsaved } from './unsaved.ts'
import { Waiters } from './waiters.ts'

export interface PartitionSettings<S extends Shard> {
  readonly log: EventLog
  readonly store: Pick<Store, 'checkpoints' | 'documents'>
  readonly fold: Fold<S>
  readonly checkpointRecords: number
  readonly checkpointMs: number
  readonly maxRecords: number
  readonly maxBytes: number
  readonly timers: Timers
  readonly slices: Slices
  readonly onApplied: (partition: number, shard: S, nextOffset: number) => void
  readonly onDeadLetter: (record: LogRecord, error: ForageError) => void
  readonly onError: (error: unknown, partition: number) => void
}

/** So many records between checks of the clock. */
const CLOCK_EVERY = 4

/**
 * Folds one partition: own it, restore, rebuild, apply. At every moment when other code can run, the shard is exactly the fold of the
 * records before `next`; changes are collected between batches only, because a shard may let go of side entries when it hands over changes.
 */
export class PartitionRunner<S extends Shard> {
  /** Resolves when everything that was in the log at the start has been applied. */
  readonly ready: Promise<void>
  readonly #partition: number
  readonly #settings: PartitionSettings<S>
  readonly #stopped = new AbortController()
  readonly #waiters: Waiters
  readonly #saves: Waiters
  readonly #letters: DeadLetters
  readonly #unsaved = new Unsaved()
  readonly #cadence: SaveCadence
  /** Resolves when it is over, for whatever reason; never rejects. */
  readonly ended: Promise<void>
  readonly #fresh: boolean
  #shard: S | null = null
  #failure: unknown = null
  #damaged = false
  #epoch = 0
  #next = 0
  #saved = 0
  #saving: Promise<void> | null = null
  #news = false
  #wake: () => void = () => {}

  /** @param fresh throws away what is saved and folds the log from its start */
  constructor(partition: number, settings: PartitionSettings<S>, fresh = false) {
    this.#partition = partition
    this.#settings = settings
    this.#fresh = fresh
    this.#waiters = new Waiters(settings.timers)
    this.#saves = new Waiters(settings.timers)
    this.#letters = new DeadLetters(settings.fold.name)
    this.#cadence = new SaveCadence(settings.timers, { records: settings.checkpointRecords, ms: settings.checkpointMs }, () => this.#wake())
    let caughtUp = () => {}
    this.ready = new Promise((resolve, reject) => {
      caughtUp = resolve
      this.#stopped.signal.addEventListener('abort', () => reject(this.#failure as Error)) // a promise settles once: harmless later
    })
    this.ready.catch(() => {}) // who asks is told; nobody has to ask
    this.ended = this.#run(caughtUp).catch((error: unknown) => this.#fail(error))
  }

  /** Next offset to apply; 0 until the checkpoint was restored. */
  get next(): number {
    return this.#next
  }

  /** Everything before it is saved. */
  get saved(): number {
    return this.#saved
  }

  /** `null` before it was restored and after the partition was lost. */
  get shard(): S | null {
    return this.#shard
  }

  /** 0 before it owned the partition. */
  get epoch(): number {
    return this.#epoch
  }

  /** Whether it failed because the saved state is damaged. */
  get damaged(): boolean {
    return this.#damaged
  }

  get failure(): unknown {
    return this.#failure
  }

  get deadLetters(): number {
    return this.#letters.count
  }

  async waitFor(offset: number, timeoutMs: number): Promise<void> {
    if (this.#shard !== null && this.#next > offset) return
    if (this.#failure !== null) throw this.#failure
    await this.#waiters.wait(this.#partition, offset, timeoutMs)
  }

  /** Saves what has been applied by now. */
  async checkpoint(timeoutMs: number): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    if (this.#shard === null || this.#saved >= this.#next) return
    this.#cadence.force()
    this.#wake()
    await this.#saves.wait(this.#partition, this.#next - 1, timeoutMs)
  }

  /** Stops after the batch at hand and saves once more; a save that fails is reported and left to the log. */
  async stop(): Promise<void> {
    this.#failure ??= new ForageError('shutting_down', `folding of partition ${this.#partition} was stopped`)
    this.#stopped.abort()
    this.#wake()
    await this.ended
  }

  /** Stops without saving: another one owns the partition, or what is saved is in doubt. */
  abandon(error: ForageError): void {
    if (this.#failure === null) this.#fail(error)
  }

  async #run(caughtUp: () => void): Promise<void> {
    const { log, timers, onError, maxRecords, maxBytes } = this.#settings
    const report = (error: unknown) => onError(error, this.#partition)
    const signal = this.#stopped.signal
    const read = (offset: number) => retry(() => log.read(this.#partition, offset, { maxRecords, maxBytes }), timers, signal, report)
    await Promise.resolve() // the constructor finishes first
    const { shard, checkpoint, start, end } = await this.#restore()
    await this.#rebuild(shard, checkpoint, read)
    this.#next = this.#saved = checkpoint?.offset ?? start
    this.#shard = shard
    this.#publish()
    const unsubscribe = log.subscribe(this.#partition, () => {
      this.#news = true
      this.#wake()
    })
    try {
      while (!signal.aborted) {
        if (this.#next >= end) caughtUp()
        await this.#checkpointIfDue()
        this.#news = false
        const records = await read(this.#next)
        if (records.length > 0) await this.#apply(shard, records, false)
        else {
          caughtUp() // a log may end in a gap
          await this.#idle()
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
      report(error)
    } finally {
      unsubscribe()
      this.#cadence.stop()
    }
    await this.#saveLast()
  }

  async #restore(): Promise<{ shard: S; checkpoint: Checkpoint | null; start: number; end: number }> {
    const { log, store, fold, timers, onError } = this.#settings
    const patiently = <T>(action: () => Promise<T>) => retry(action, timers, this.#stopped.signal, (error) => onError(error, this.#partition))
    this.#epoch = await patiently(() => store.checkpoints.acquire(fold.name, this.#partition)) // from here on, what is loaded stays the newest
    if (this.#fresh) await patiently(() => store.checkpoints.discard(fold.name, this.#partition, this.#epoch))
    const checkpoint = await this.#intact(() => patiently(() => store.checkpoints.load(fold.name, this.#partition)))
    const [start, end] = await patiently(() => Promise.all([log.start(this.#partition), log.end(this.#partition)]))
    const shard = fold.shard(this.#partition)
    if (checkpoint !== null) {
      checkLog(fold.name, this.#partition, checkpoint, start, end)
      await this.#intact(async () => shard.restore(checkpoint.fields))
    }
    return { shard, checkpoint, start, end }
  }

  /** Reads something that was saved; notes when it is damaged. */
  async #intact<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (error instanceof ForageError && error.code === 'corrupt_state') this.#damaged = true
      throw error
    }
  }

  async #rebuild(shard: S, checkpoint: Checkpoint | null, read: (offset: number) => Promise<LogRecord[]>): Promise<void> {
    if (checkpoint === null) return
    for (let at = checkpoint.replayFrom; at < checkpoint.offset; ) {
      const records = (await read(at)).filter(({ offset }) => offset < checkpoint.offset)
      if (records.length === 0) return // only gaps are left
      await this.#apply(shard, records, true)
      at = records.at(-1)!.offset + 1
    }
  }

  async #apply(shard: S, records: readonly LogRecord[], rebuilding: boolean): Promise<void> {
    const { slices } = this.#settings
    const wanted = shard.wants?.(records) ?? []
    if (wanted.length > 0) {
      const entries = await this.#entries(wanted)
      await this.#intact(async () => shard.provide?.(entries))
    }
    for (const [index, record] of records.entries()) {
      this.#take(shard, record, rebuilding)
      if (!rebuilding) this.#next = record.offset + 1
      if (index % CLOCK_EVERY === CLOCK_EVERY - 1 && slices.over) {
        if (!rebuilding) this.#publish()
        await slices.next()
      }
    }
    this.#cadence.touch()
    if (!rebuilding) this.#publish()
    if (slices.over) await slices.next()
  }

  #take(shard: S, record: LogRecord, rebuilding: boolean): void {
    try {
      shard.apply(record, rebuilding)
    } catch (error) {
      if (!(error instanceof ForageError) || error.code !== 'unreadable_record') throw error
      if (rebuilding) return // it was set aside the first time
      this.#letters.add(record, error.message)
      this.#settings.onDeadLetter(record, error)
    }
  }

  #publish(): void {
    if (this.#shard === null) return
    this.#waiters.reached(this.#next)
    this.#settings.onApplied(this.#partition, this.#shard, this.#next)
  }

  async #entries(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const { store, fold, timers, onError } = this.#settings
    // looked up before the store is asked: a save under way may be confirmed meanwhile
    const covered = new Map(keys.map((key) => [key, this.#unsaved.entry(key)]))
    const missing = keys.filter((key) => covered.get(key) === undefined)
    const load = () => store.checkpoints.entries(fold.name, this.#partition, missing)
    const found = missing.length === 0 ? new Map<string, Uint8Array>() : await retry(load, timers, this.#stopped.signal, (error) => onError(error, this.#partition))
    for (const [key, bytes] of covered) if (bytes) found.set(key, bytes)
    return found
  }

  /** Waits until there is something to do. */
  async #idle(): Promise<void> {
    if (this.#news || this.#mustSave || this.#stopped.signal.aborted) return
    await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = () => {}
    this.#settings.slices.begin()
  }

  get #mustSave(): boolean {
    return this.#saving === null && this.#cadence.due(this.#next - this.#saved)
  }

  async #checkpointIfDue(): Promise<void> {
    if (this.#mustSave) this.#startSave()
    if (this.#next - this.#saved > MOST_BEHIND * this.#settings.checkpointRecords) await this.#saving
  }

  #startSave(): void {
    const forced = this.#cadence.begin()
    this.#unsaved.add(this.#shard!.changes())
    const behind = this.#next - this.#saved
    const nothing = this.#unsaved.empty && this.#letters.empty && behind < this.#settings.checkpointRecords
    if (behind === 0 || (nothing && !forced)) return
    this.#saving = this.#save()
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#fail(error)
      })
      .finally(() => {
        this.#saving = null
        this.#wake()
      })
  }

  /** Saves the unsaved changes, again and again until it worked; nothing may be collected meanwhile. */
  async #save(): Promise<void> {
    const { store, fold, timers, onError } = this.#settings
    const offset = this.#next
    const start = timers.now()
    const write = this.#unsaved.write(this.#epoch, offset, this.#shard!.replayFrom(offset))
    const save = async () => {
      await this.#letters.store(store.documents)
      await store.checkpoints.save(fold.name, this.#partition, write)
    }
    await retry(save, timers, this.#stopped.signal, (error) => onError(error, this.#partition))
    this.#unsaved.confirmed()
    this.#cadence.saved(start)
    this.#saved = offset
    this.#saves.reached(offset)
  }

  async #saveLast(): Promise<void> {
    await this.#saving
    if (this.#shard !== null) {
      this.#unsaved.add(this.#shard.changes())
      if (this.#next > this.#saved) await this.#save()
    }
    this.#waiters.fail(this.#failure)
    this.#saves.fail(this.#failure)
  }

  /** Ends this partition; memory is dropped, the store and the log know everything. */
  #fail(error: unknown): void {
    const stopping = this.#stopped.signal.aborted
    this.#failure = stopping ? this.#failure : error
    if (!stopping || this.#shard !== null) this.#settings.onError(error, this.#partition)
    this.#shard = null
    this.#stopped.abort()
    this.#wake()
    this.#waiters.fail(this.#failure)
    this.#saves.fail(this.#failure)
  }
}
