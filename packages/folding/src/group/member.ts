import type { GroupStore } from '@forage/store'
import type { Shard } from '../fold.ts'
import type { GroupFold } from '../join-fold.ts'
import { PartitionKeeper } from '../partition-keeper.ts'
import type { PartitionSettings } from '../partition-runner.ts'
import { assign } from './assignment.ts'

export interface Membership {
  readonly groups: GroupStore
  readonly name: string
  readonly lifeMs: number
  readonly onLost: (partition: number) => void
}

const BEATS_PER_LIFE = 6
/** A partition just taken by somebody else is left alone for so many beats: by then views agree. */
const BEATS_AFTER_FENCE = 2
/** After a partition changed hands the next beat comes soon: somebody may wait for it. */
const SOON_MS = 50
/** With the store away there is nothing to say goodbye to. */
const GOODBYE_MS = 2000
/** A last save is worth waiting for, but not for ever: the log has it all. */
const LAST_SAVE_MS = 10_000

/** One process's share of a fold: takes the partitions that are its own to take, and lets go of those that are not. */
export class Member<S extends Shard> implements GroupFold<S> {
  readonly #settings: PartitionSettings<S>
  readonly #membership: Membership
  readonly #group: string
  readonly #keepers = new Map<number, PartitionKeeper<S>>()
  /** Partitions being let go of: still held, so that nobody takes them before they are saved. */
  readonly #leaving = new Map<number, Promise<void>>()
  /** Partition → beat before which it is not claimed. */
  readonly #notBefore = new Map<number, number>()
  readonly #counts = { rebuilt: 0, regressed: 0 }
  #members: readonly string[] = []
  #beats = 0
  #fenced = 0
  #pastLetters = 0
  #stopped = false
  #beating: Promise<void> | null = null
  #cancelTimer: () => void = () => {}
  #stopping: Promise<void> | null = null

  constructor(settings: PartitionSettings<S>, membership: Membership) {
    this.#settings = settings
    this.#membership = membership
    this.#group = settings.fold.name
    this.#beating = this.#beat()
  }

  get owned(): readonly number[] {
    return [...this.#keepers.keys()].toSorted((a, b) => a - b)
  }

  get members(): readonly string[] {
    return this.#members
  }

  position(partition: number): number {
    return this.#keepers.get(partition)?.next ?? 0
  }

  saved(partition: number): number {
    return this.#keepers.get(partition)?.saved ?? 0
  }

  shard(partition: number): S | null {
    return this.#keepers.get(partition)?.shard ?? null
  }

  failure(partition: number): unknown {
    return this.#keepers.get(partition)?.failure ?? null
  }

  deadLetters(): number {
    return [...this.#keepers.values()].reduce((sum, { deadLetters }) => sum + deadLetters, this.#pastLetters)
  }

  rebuilt(): number {
    return this.#counts.rebuilt
  }

  regressed(): number {
    return this.#counts.regressed
  }

  fenced(): number {
    return this.#fenced
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    await this.#briefly(this.#beating ?? Promise.resolve())
    for (const partition of this.#keepers.keys()) this.#letGo(partition)
    await Promise.all(this.#leaving.values())
    const { groups, name } = this.#membership
    await this.#briefly(groups.leave(this.#group, name))
  }

  async #beat(): Promise<void> {
    const { groups, name, lifeMs } = this.#membership
    const { log, timers, onError } = this.#settings
    let next = lifeMs / BEATS_PER_LIFE
    try {
      const held = [...this.#keepers.keys(), ...this.#leaving.keys()]
      const { members, holders } = await groups.beat(this.#group, name, lifeMs, held)
      this.#members = members
      this.#beats += 1
      const owners = assign(members, log.partitions)
      let moving = false
      for (const partition of this.#keepers.keys()) if (owners[partition] !== name) this.#letGo(partition)
      for (let partition = 0; partition < log.partitions && !this.#stopped; partition++) {
        if (owners[partition] !== name || this.#keepers.has(partition)) continue
        const free = !this.#leaving.has(partition) && (holders.get(partition) ?? name) === name && (this.#notBefore.get(partition) ?? 0) <= this.#beats
        if (free && (await groups.claim(this.#group, name, partition)) && !this.#stopped) this.#take(partition)
        else moving = true
      }
      if (moving) next = Math.min(next, SOON_MS)
      await Promise.all([...this.#keepers.values()].map((keeper) => keeper.check()))
    } catch (error) {
      this.#members = []
      if (!this.#stopped) onError(error, -1)
    }
    if (!this.#stopped) this.#cancelTimer = timers.after(next, () => void (this.#beating = this.#beat()))
  }

  #take(partition: number): void {
    const keeper = new PartitionKeeper(partition, this.#settings, this.#counts)
    this.#keepers.set(partition, keeper)
    void keeper.ended.then(() => this.#ended(partition, keeper))
  }

  /** A keeper that ends by itself has lost its partition to another owner. */
  #ended(partition: number, keeper: PartitionKeeper<S>): void {
    if (this.#keepers.get(partition) !== keeper) return
    this.#fenced += 1
    this.#notBefore.set(partition, this.#beats + BEATS_AFTER_FENCE)
    this.#forget(partition, keeper)
    void this.#briefly(this.#membership.groups.release(this.#group, this.#membership.name, partition))
  }

  #letGo(partition: number): void {
    const keeper = this.#keepers.get(partition)!
    this.#forget(partition, keeper)
    const { groups, name } = this.#membership
    // a keeper that does not come to an end must not keep others from the partition: the fence is what makes that safe
    const leaving = this.#briefly(keeper.stop(), LAST_SAVE_MS)
      .then(() => this.#briefly(groups.release(this.#group, name, partition)))
      .finally(() => this.#leaving.delete(partition))
    this.#leaving.set(partition, leaving)
  }

  #forget(partition: number, keeper: PartitionKeeper<S>): void {
    this.#keepers.delete(partition)
    this.#pastLetters += keeper.deadLetters
    this.#membership.onLost(partition)
  }

  /** Waits for what only spares others some waiting; without it they find out. */
  async #briefly(action: Promise<unknown>, ms = GOODBYE_MS): Promise<void> {
    const { timers } = this.#settings
    let cancel = () => {}
    const late = new Promise<void>((resolve) => (cancel = timers.after(ms, resolve)))
    await Promise.race([action.catch(() => {}), late])
    cancel()
  }
}

