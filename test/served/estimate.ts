import { decodeEvidence, decodeRecord, type DecisionRecord } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { targetItem } from './world.ts'

export interface IpsEstimate {
  readonly placement: string
  readonly n: number
  readonly value: number
  readonly standardError: number
}

/**
 * Inverse propensity score of the known target policy on each placement's logged single-item catalog decisions without exclusions:
 * mean of 1{shown = target} r / p (Horvitz–Thompson), with its standard error.
 */
export async function estimateTarget(log: EventLog): Promise<IpsEstimate[]> {
  const rewards = new Map<string, number>()
  const decisions: { record: DecisionRecord; device: string }[] = []
  for (let partition = 0; partition < log.partitions; partition++)
    for (let offset = 0, end = await log.end(partition); offset < end; ) {
      const records = await log.read(partition, offset)
      for (const { value } of records) {
        const record = decodeRecord(value)
        if (record.kind === 'feedback') rewards.set(record.decisionId, record.value)
        if (record.kind !== 'decision' || record.slate.length !== 1) continue
        const request = decodeEvidence(value).request as { candidates?: unknown; exclude?: unknown; context: { device: string } }
        if (request.candidates === undefined && request.exclude === undefined) decisions.push({ record, device: request.context.device })
      }
      offset += records.length
    }
  const terms = new Map<string, number[]>()
  for (const { record, device } of decisions) {
    const [{ id, p }] = record.slate as [DecisionRecord['slate'][number]]
    const list = terms.get(record.placement) ?? []
    list.push(id === targetItem(device) ? (rewards.get(record.id) ?? 0) / p : 0)
    terms.set(record.placement, list)
  }
  return [...terms].map(([placement, list]) => {
    const n = list.length
    const value = list.reduce((sum, term) => sum + term, 0) / n
    const variance = list.reduce((sum, term) => sum + (term - value) ** 2, 0) / (n - 1)
    return { placement, n, value, standardError: Math.sqrt(variance / n) }
  })
}
