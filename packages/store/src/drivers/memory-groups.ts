import type { GroupStore, GroupView } from '../store.ts'

interface Group {
  /** Member → end of its life. */
  readonly alive: Map<string, number>
  readonly holders: Map<number, string>
}

export class MemoryGroups implements GroupStore {
  readonly #guard: () => void
  readonly #now: () => number
  readonly #groups = new Map<string, Group>()

  constructor(guard: () => void, now: () => number) {
    this.#guard = guard
    this.#now = now
  }

  async beat(group: string, member: string, lifeMs: number, held: readonly number[]): Promise<GroupView> {
    const { alive, holders } = this.#at(group)
    alive.set(member, this.#now() + lifeMs)
    for (const [partition, holder] of holders) if (holder === member && !held.includes(partition)) holders.delete(partition)
    for (const partition of held) if (!holders.has(partition)) holders.set(partition, member)
    return { members: [...alive.keys()].toSorted(), holders: new Map([...holders].toSorted(([a], [b]) => a - b)) }
  }

  async claim(group: string, member: string, partition: number): Promise<boolean> {
    const { alive, holders } = this.#at(group)
    if (!alive.has(member)) return false
    if (!holders.has(partition)) holders.set(partition, member)
    return holders.get(partition) === member
  }

  async release(group: string, member: string, partition: number): Promise<void> {
    const { holders } = this.#at(group)
    if (holders.get(partition) === member) holders.delete(partition)
  }

  async leave(group: string, member: string): Promise<void> {
    const found = this.#at(group)
    found.alive.delete(member)
    bury(found)
  }

  #at(group: string): Group {
    this.#guard()
    let found = this.#groups.get(group)
    if (found === undefined) this.#groups.set(group, (found = { alive: new Map(), holders: new Map() }))
    for (const [member, end] of found.alive) if (end <= this.#now()) found.alive.delete(member)
    bury(found)
    return found
  }
}

/** What the dead held is free. */
function bury({ alive, holders }: Group): void {
  for (const [partition, member] of holders) if (!alive.has(member)) holders.delete(partition)
}
