import type { ActivationRecord, FeedbackRecord } from '@forage/domain'

/** How long feedback or an activation waits for its decision. */
export const PARKED_MS = 600_000
/** More than this many at once are not kept: a flood of feedback about nothing must not fill the memory. */
export const MAX_PARKED = 8192

/** A record that came before its decision. */
export interface Orphan {
  readonly content: FeedbackRecord | ActivationRecord
  readonly offset: number
  readonly time: number
}

const none: readonly Orphan[] = []

/**
 * Records that wait for their decision. `offsets` are those of all that a rebuild has to find again: the waiting ones and those
 * taken by a decision that is still open. They are saved, because a rebuild starts too late in the log to tell an orphan from
 * feedback about a decision that was closed before.
 */
export function createOrphans() {
  const byDecision = new Map<string, Orphan[]>()
  const waiting = new Map<number, Orphan>() // by offset, oldest first
  const offsets = new Set<number>()

  function stopWaiting(orphan: Orphan): void {
    waiting.delete(orphan.offset)
    const { decisionId } = orphan.content
    const left = byDecision.get(decisionId)!.filter((other) => other !== orphan)
    if (left.length === 0) byDecision.delete(decisionId)
    else byDecision.set(decisionId, left)
  }

  return {
    offsets: offsets as ReadonlySet<number>,
    restore(saved: readonly number[]): void {
      for (const offset of saved) offsets.add(offset)
    },
    /** False when there is no room. */
    park(orphan: Orphan): boolean {
      if (!offsets.has(orphan.offset) && offsets.size >= MAX_PARKED) return false
      offsets.add(orphan.offset)
      waiting.set(orphan.offset, orphan)
      const { decisionId } = orphan.content
      const list = byDecision.get(decisionId)
      if (list === undefined) byDecision.set(decisionId, [orphan])
      else list.push(orphan)
      return true
    },
    /** Hands over what waited for a decision, oldest first; the offsets stay until `release`. */
    take(decisionId: string): readonly Orphan[] {
      const found = byDecision.get(decisionId)
      if (found === undefined) return none
      byDecision.delete(decisionId)
      for (const { offset } of found) waiting.delete(offset)
      return found
    },
    /** The decision that took them is closed. */
    release(taken: readonly number[]): void {
      for (const offset of taken) offsets.delete(offset)
    },
    /** Gives up on those that waited `PARKED_MS` or longer at `now`. */
    expire(now: number): readonly Orphan[] {
      if (waiting.size === 0) return none
      const gone: Orphan[] = []
      for (const orphan of waiting.values()) {
        if (orphan.time + PARKED_MS > now) break
        gone.push(orphan)
      }
      for (const orphan of gone) {
        stopWaiting(orphan)
        offsets.delete(orphan.offset)
      }
      return gone
    },
    /** Time at which the oldest waiting one is given up; null when none waits. */
    due: (): number | null => {
      for (const { time } of waiting.values()) return time + PARKED_MS
      return null
    },
    /** Smallest of `offsets`, or Infinity. */
    oldest: (): number => {
      for (const offset of offsets) return offset // added in the order of the log
      return Infinity
    },
  }
}
