import type { Joined } from './joined.ts'

/** A decision whose reward window has not passed. */
export interface OpenDecision extends Joined {
  /** t_D + W */
  readonly due: number
  /** False while it is deferred and not activated. */
  active: boolean
  /** Final feedback has arrived. */
  finished: boolean
  /** Offsets of records that came before it and were waiting for it. */
  readonly waited: readonly number[]
}

interface Node {
  readonly decision: OpenDecision
  readonly list: List
  previous: Node | null
  next: Node | null
}
/** Decisions of one window length. Broker time never decreases, so the order of arrival is the order of maturing. */
interface List {
  first: Node | null
  last: Node | null
}

/** Open decisions by id and by the time they mature. Everything is O(1) in their number. */
export function createOpenDecisions() {
  const byId = new Map<string, Node>()
  const lists = new Map<number, List>()

  const soonest = (): OpenDecision | null => {
    let best: OpenDecision | null = null
    for (const { first } of lists.values()) {
      if (first === null) continue
      const { due, offset } = first.decision
      if (best === null || due < best.due || (due === best.due && offset < best.offset)) best = first.decision
    }
    return best
  }

  return {
    get size() {
      return byId.size
    },
    get: (id: string): OpenDecision | undefined => byId.get(id)?.decision,
    has: (id: string) => byId.has(id),
    add(decision: OpenDecision): void {
      const { windowMs } = decision.definition
      let list = lists.get(windowMs)
      if (list === undefined) lists.set(windowMs, (list = { first: null, last: null }))
      const node: Node = { decision, list, previous: list.last, next: null }
      if (list.last === null) list.first = node
      else list.last.next = node
      list.last = node
      byId.set(decision.id, node)
    },
    remove(id: string): void {
      const node = byId.get(id)
      if (node === undefined) return
      byId.delete(id)
      const { list, previous, next } = node
      if (previous === null) list.first = next
      else previous.next = next
      if (next === null) list.last = previous
      else next.previous = previous
      if (list.first === null) lists.delete(node.decision.definition.windowMs)
    },
    /** The one that matures next: by due time, then by offset. */
    soonest,
    /** Offset of the oldest, or Infinity. */
    oldest: (): number => {
      for (const { decision } of byId.values()) return decision.offset
      return Infinity
    },
  }
}
