import { decodeEvidence, decodeRecord, type DecisionRecord } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { clickProbability, items, uniformValue } from './world.ts'

export interface IpsEstimate {
  readonly placement: string
  readonly n: number
  readonly value: number
  /** Mean of the true values of the contexts that came. */
  readonly truth: number
  readonly interval: readonly [number, number]
  /** (value − truth) in its true standard deviation, which the world and the logged probabilities give: about standard normal. */
  readonly z: number
}

interface Logged {
  readonly record: DecisionRecord
  readonly device: string
  readonly probabilities: Float64Array
}

/**
 * Inverse propensity score of the uniform policy on each placement's logged single-item catalog decisions without exclusions: mean of
 * r / (K p) (Horvitz–Thompson). Var = Σₐ qₐ / (K² pₐ) − v² for each decision, with q the world's click probabilities.
 */
export async function estimateUniform(log: EventLog): Promise<IpsEstimate[]> {
  const { decisions, rewards } = await collect(log)
  const sums = new Map<string, { n: number; value: number; squares: number; truth: number; variance: number }>()
  for (const { record, device, probabilities } of decisions) {
    const sum = sums.get(record.placement) ?? { n: 0, value: 0, squares: 0, truth: 0, variance: 0 }
    const term = (rewards.get(record.id) ?? 0) / (items.length * record.slate[0]!.p)
    const truth = uniformValue(device)
    sum.n += 1
    sum.value += term
    sum.squares += term * term
    sum.truth += truth
    sum.variance += items.reduce((total, { id }, index) => total + clickProbability(device, id) / (items.length ** 2 * probabilities[index]!), 0) - truth ** 2
    sums.set(record.placement, sum)
  }
  return [...sums].map(([placement, { n, value, squares, truth, variance }]) => {
    const mean = value / n
    const half = 1.96 * Math.sqrt((squares / n - mean * mean) / (n - 1))
    return { placement, n, value: mean, truth: truth / n, interval: [mean - half, mean + half] as const, z: (value - truth) / Math.sqrt(variance) }
  })
}

async function collect(log: EventLog): Promise<{ decisions: Logged[]; rewards: Map<string, number> }> {
  const rewards = new Map<string, number>()
  const decisions: Logged[] = []
  for (let partition = 0; partition < log.partitions; partition++)
    for (let offset = 0, end = await log.end(partition); offset < end; ) {
      const records = await log.read(partition, offset)
      for (const { value } of records) {
        const record = decodeRecord(value)
        if (record.kind === 'feedback') rewards.set(record.decisionId, record.value)
        if (record.kind !== 'decision' || record.slate.length !== 1) continue
        const { request, probabilities } = decodeEvidence(value)
        const { candidates, exclude, context } = request as { candidates?: unknown; exclude?: unknown; context: { device: string } }
        if (candidates !== undefined || exclude !== undefined) continue
        const bytes = Uint8Array.from(Buffer.from(probabilities, 'base64'))
        decisions.push({ record, device: context.device, probabilities: new Float64Array(bytes.buffer) })
      }
      offset = (records.at(-1)?.offset ?? end) + 1
    }
  return { decisions, rewards }
}
