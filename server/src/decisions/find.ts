import { decodeEvidence, decodeRecord, partitionOf, timeOf, type DecisionEvidence, type DecisionRecord } from '@forage/domain'
import type { EventLog, LogRecord, Position } from '@forage/event-log'

export interface FoundDecision {
  readonly partition: number
  readonly offset: number
  readonly time: number
  readonly record: DecisionRecord
  readonly evidence: DecisionEvidence
}

/** Server-made ids carry their time: clocks may have stepped back by this much, and an append may have waited this long. */
const SLACK_MS = 2000
const WAITED_MS = 60_000
const MOST_RECORDS = 200_000

/**
 * Finds a decision by its id: through the log's key index for a client's own id, else by the time a server-made id carries and a bounded
 * scan from there. `null` when the log does not have it (yet).
 */
export async function findDecision(log: EventLog, id: string): Promise<FoundDecision | null> {
  const keyed = await log.find(id)
  const found = keyed === null ? null : await decisionAt(log, keyed, id)
  if (found !== null) return found
  const time = timeOf(id)
  return time === null ? null : scan(log, id, time)
}

/** The decision at a position, if it is the one with this id. */
export async function decisionAt(log: EventLog, { partition, offset }: Position, id: string): Promise<FoundDecision | null> {
  if (partition >= log.partitions) return null
  const [record] = await log.read(partition, offset, { maxRecords: 1 })
  return record === undefined ? null : match(record, id, Buffer.from(JSON.stringify(id)))
}

async function scan(log: EventLog, id: string, time: number): Promise<FoundDecision | null> {
  const partition = partitionOf(id, log.partitions)
  const needle = Buffer.from(JSON.stringify(id))
  let offset = await log.offsetAt(partition, time - SLACK_MS)
  for (const last = offset + MOST_RECORDS; offset < last; ) {
    const records = await log.read(partition, offset, { maxRecords: 1000 })
    if (records.length === 0) return null
    for (const record of records) {
      const found = match(record, id, needle)
      if (found !== null) return found
      if (record.time > time + WAITED_MS) return null
    }
    offset = records.at(-1)!.offset + 1 // offsets may have gaps
  }
  return null
}

function match({ partition, offset, time, value }: LogRecord, id: string, needle: Buffer): FoundDecision | null {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  const at = bytes.indexOf(needle)
  if (at === -1 || at > 64) return null // a decision's id stands at its start
  const record = decodeRecord(value)
  return record.kind === 'decision' && record.id === id ? { partition, offset, time, record, evidence: decodeEvidence(value) } : null
}
