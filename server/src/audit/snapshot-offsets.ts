import { ForageError } from '@forage/domain'

/** Reads a decision's `snapshot`: the offset each partition had been folded to; 0 for those it does not name. */
export function parseSnapshot(text: string, partitions: number): number[] {
  const offsets = Array.from({ length: partitions }, () => 0)
  if (text === '') return offsets
  for (const part of text.split(',')) {
    const match = /^(\d+):(\d+)$/.exec(part)
    const partition = Number(match?.[1])
    if (match === null || partition >= partitions) throw new ForageError('unreadable_record', `"${text}" names no snapshot of ${partitions} partitions`, { text })
    offsets[partition] = Number(match[2])
  }
  return offsets
}

/**
 * Puts snapshots into as few passes over the log as their offsets allow: within a pass every partition only goes forward. One server
 * at a time makes one chain, so one pass; several make few.
 */
export function forwardPasses<T extends { readonly offsets: readonly number[] }>(snapshots: readonly T[]): T[][] {
  const sum = (offsets: readonly number[]) => offsets.reduce((total, offset) => total + offset, 0)
  const passes: T[][] = []
  for (const snapshot of snapshots.toSorted((a, b) => sum(a.offsets) - sum(b.offsets))) {
    const pass = passes.find((earlier) => earlier.at(-1)!.offsets.every((offset, partition) => offset <= snapshot.offsets[partition]!))
    if (pass === undefined) passes.push([snapshot])
    else pass.push(snapshot)
  }
  return passes
}
