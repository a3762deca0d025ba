import { ForageError } from '@forage/domain'
import type { Standing } from '@forage/store'
import type { Shard } from './fold.ts'
import { PartitionRunner, type PartitionSettings } from './partition-runner.ts'

/** How often a partition that cannot be repaired is tried again, and how often one that proved sound is doubted. */
const SELDOM_MS = 30_000

export interface KeeperCounts {
  /** Folded again from the start of the log, because what was saved is damaged. */
  rebuilt: number
  /** The store had lost confirmed saves. */
  regressed: number
}

/**
 * Keeps a partition folded, one runner after the other. A store that went back in time is loaded again and the log replayed from there; a damaged
 * checkpoint is thrown away and the log folded from its start, if the log still has it. Anything else that ends a runner is tried again, seldom. It
 * ends for good when another owner takes over.
 */
export class PartitionKeeper<S extends Shard> {
  /** Resolves when a runner has caught up with what was in the log at its start; rejects when it cannot be done now. */
  readonly ready: Promise<void>
  /** Resolves when it is over: stopped, or taken by another owner (then `failure` is `fenced`). */
  readonly ended: Promise<void>
  readonly #partition: number
  readonly #settings: PartitionSettings<S>
  readonly #counts: KeeperCounts
  #runner: PartitionRunner<S>
  #stopped = false
  /** The last time what is saved was in doubt, and could be read all the same. */
  #doubted = -Infinity
  #pastLetters = 0
  #wake: () => void = () => {}
  #readied: (error?: unknown) => void = () => {}

  constructor(partition: number, settings: PartitionSettings<S>, counts: KeeperCounts) {
    this.#partition = partition
    this.#settings = settings
    this.#counts = counts
    this.ready = new Promise((resolve, reject) => (this.#readied = (error) => (error === undefined ? resolve() : reject(error as Error))))
    this.ready.catch(() => {}) // who asks is told; nobody has to ask
    this.#runner = this.#start(false)
    this.ended = this.#keep()
  }

  get next(): number {
    return this.#runner.next
  }

  get saved(): number {
    return this.#runner.saved
  }

  get shard(): S | null {
    return this.#runner.shard
  }

  /** What ended the last runner, while there is no other. */
  get failure(): unknown {
    return this.#runner.failure
  }

  get deadLetters(): number {
    return this.#pastLetters + this.#runner.deadLetters
  }

  /** @throws ForageError `timeout`, or what ended the partition */
  async waitFor(offset: number, timeoutMs: number): Promise<void> {
    const { timers } = this.#settings
    const end = timers.now() + timeoutMs
    for (let left = timeoutMs; ; left = end - timers.now()) {
      const runner = this.#runner
      try {
        return await runner.waitFor(offset, Math.max(left, 0))
      } catch (error) {
        if (runner.failure !== null) await runner.ended
        await timers.turn() // another one may be about to start
        if (runner === this.#runner) throw error // else another one goes on
      }
    }
  }

  checkpoint(timeoutMs: number): Promise<void> {
    return this.#runner.checkpoint(timeoutMs)
  }

  /** Asks the store how the partition stands, and acts on it: that is how it is noticed when nothing is being saved. */
  async check(): Promise<void> {
    const { store, fold, timers } = this.#settings
    const runner = this.#runner
    if (runner.shard === null || this.#stopped) return
    const standing = (await store.checkpoints.standing?.(fold.name, this.#partition, runner.epoch).catch(suspectIfDamaged)) ?? 'owned'
    if (standing === 'owned' || runner !== this.#runner) return
    if (standing === 'suspect') {
      if (timers.now() - this.#doubted < SELDOM_MS) return
      this.#doubted = timers.now()
    }
    const error = new ForageError('fenced', `partition ${this.#partition} of ${fold.name}: the store says "${standing}"`, {
      fold: fold.name, partition: this.#partition, standing, regressed: standing === 'regressed',
    })
    runner.abandon(error)
  }

  /** Saves once more and ends. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#runner.stop()
    await this.ended
  }

  #start(fresh: boolean): PartitionRunner<S> {
    const runner = new PartitionRunner(this.#partition, this.#settings, fresh)
    runner.ready.then(() => this.#readied(), () => {})
    return runner
  }

  async #keep(): Promise<void> {
    let fresh = false
    for (;;) {
      await this.#runner.ended
      const { failure, damaged } = this.#runner
      if (this.#stopped) break
      const { code, details } = failure instanceof ForageError ? failure : { code: null, details: {} }
      if (code === 'shutting_down') break
      fresh = damaged && !fresh && (await this.#logIsWhole()) // a fold from the start that ends so is not helped by another one
      if (fresh) {
        this.#counts.rebuilt += 1
        this.#doubted = -Infinity
      } else if (code === 'fenced' && details['regressed'] === true) this.#counts.regressed += 1
      else if (code === 'fenced' && details['standing'] !== 'suspect') break
      else if (code !== 'fenced') {
        this.#readied(failure)
        await this.#pause()
      }
      if (this.#stopped) break
      this.#pastLetters += this.#runner.deadLetters
      this.#runner = this.#start(fresh)
    }
    this.#readied(this.#runner.failure ?? new ForageError('shutting_down', `folding of partition ${this.#partition} was stopped`))
  }

  /** Only then can a fold of it replace what was saved. */
  async #logIsWhole(): Promise<boolean> {
    try {
      return (await this.#settings.log.start(this.#partition)) === 0
    } catch {
      return false
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#settings.timers.after(SELDOM_MS, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

/** A head that cannot be read is no different from a reader who says so. */
function suspectIfDamaged(error: unknown): Standing {
  if (!(error instanceof ForageError) || error.code !== 'corrupt_state') throw error
  return 'suspect'
}
