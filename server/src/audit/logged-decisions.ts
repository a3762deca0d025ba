import { decodeRecord, ForageError, type PlacementSpec } from '@forage/domain'
import type { EventLog, Position } from '@forage/event-log'

export interface LoggedDecisions {
  /** Positions of the decisions, by the snapshot they name. */
  readonly bySnapshot: ReadonlyMap<string, readonly Position[]>
  readonly count: number
  /** Definition by `placement@version`. */
  readonly placements: ReadonlyMap<string, PlacementSpec>
}

export const placementKey = (id: string, version: number) => `${id}@${version}`

/** Reads the whole log once: where the decisions are, and under which definitions they were made. A repeated id counts once. */
export async function findDecisions(log: EventLog): Promise<LoggedDecisions> {
  const bySnapshot = new Map<string, Position[]>()
  const placements = new Map<string, PlacementSpec>()
  const seen = new Set<string>()
  for (let partition = 0; partition < log.partitions; partition++)
    for await (const { offset, value } of recordsOf(log, partition)) {
      const record = readable(value)
      if (record?.kind === 'placement') placements.set(placementKey(record.spec.id, record.version), record.spec)
      if (record?.kind !== 'decision' || seen.has(record.id)) continue
      seen.add(record.id)
      const list = bySnapshot.get(record.snapshot)
      if (list === undefined) bySnapshot.set(record.snapshot, [{ partition, offset }])
      else list.push({ partition, offset })
    }
  return { bySnapshot, placements, count: seen.size }
}

async function* recordsOf(log: EventLog, partition: number) {
  const end = await log.end(partition)
  for (let offset = await log.start(partition); offset < end; ) {
    const records = await log.read(partition, offset, { maxRecords: Math.min(2000, end - offset) })
    if (records.length === 0) return
    yield* records
    offset = records.at(-1)!.offset + 1
  }
}

function readable(value: Uint8Array) {
  try {
    return decodeRecord(value)
  } catch (error) {
    if (error instanceof ForageError && error.code === 'unreadable_record') return null // a dead letter for every fold
    throw error
  }
}
