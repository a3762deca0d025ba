import { createDecisionId, encodeRecord, partitionOf, type PlacementSpec } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { modelKey } from '@forage/learner'
import seedrandom from 'seedrandom'

export interface Traffic {
  readonly model: 'shared' | 'disjoint'
  readonly d: number
  readonly arms: number
  readonly candidates: number
  readonly decisions: number
  readonly seed: string
  /** Log time at which decisions mature; null: their feedback is final and ends them at once. */
  readonly windowSeconds: number | null
}

const ENCODER = '0123456789abcdef'

function placementOf({ model, d, windowSeconds }: Traffic): PlacementSpec {
  return {
    id: 'bench', policy: { name: 'lin-ucb', model, lambda: 1, initialPulls: 0, alpha: 1 },
    encoder: { kind: 'hashed', dimension: d - 1, interactions: false, intercept: true },
    reward: { expression: 'click', aggregation: 'sum', defaultReward: 0, range: [0, 1], scaling: 'none', windowSeconds: windowSeconds ?? 600, horizonSeconds: 3600 },
    floor: 0.02, halfLifeSeconds: null, decisionDurability: 'buffered', examined: 'all', timeoutMs: 50,
  }
}

/**
 * Decisions as the server logs them (candidates by id, one shown, the evidence behind it), each followed by its final feedback, straight into a
 * log. Returns the number of records.
 */
export async function fillLog(log: EventLog, traffic: Traffic): Promise<number> {
  const random = seedrandom(traffic.seed)
  const spec = placementOf(traffic)
  const definition = encodeRecord({ v: 1, kind: 'placement', version: 1, spec })
  for (let partition = 0; partition < log.partitions; partition++) await log.append(partition, definition)
  const model = modelKey(spec, ENCODER)
  const ids = Array.from({ length: traffic.candidates }, (_, index) => ({ id: `item-${index}` }))
  const evidence = JSON.stringify({
    request: { placement: 'bench', userId: 'u-42', context: { device: 'mobile', hour: '20', returning: true }, candidates: ids, count: 1 },
    catalogVersion: 1, probabilities: Buffer.alloc(8 * traffic.candidates, 63).toString('base64'), scores: [0.25], degraded: [],
  })
  const bytes = new Uint8Array(12)
  let waiting: Promise<unknown>[] = []
  for (let number = 0; number < traffic.decisions; number++) {
    for (let at = 0; at < 12; at++) bytes[at] = Math.floor(256 * random())
    const id = createDecisionId(1_764_000_000_000 + number, bytes, null)
    const x = Array.from({ length: traffic.d }, (_, axis) => (axis === traffic.d - 1 ? 4096 : Math.floor(8192 * random()) - 4096))
    const slate = [{ id: `item-${Math.floor(traffic.arms * random())}`, p: 0.25, x }]
    const decision = JSON.stringify({ v: 1, kind: 'decision', id, placement: 'bench', version: 1, model, snapshot: '0:1', deferred: false, sharedLength: 0, slate })
    const partition = partitionOf(id, log.partitions)
    const feedback = encodeRecord({ v: 1, kind: 'feedback', decisionId: id, event: 'click', value: random() < 0.1 ? 1 : 0, feedbackId: `f-${number}`, final: traffic.windowSeconds === null })
    waiting.push(log.append(partition, Buffer.from(`${decision}\n${evidence}`), { patient: true }), log.append(partition, feedback, { patient: true }))
    if (waiting.length >= 4000) {
      await Promise.all(waiting)
      waiting = []
    }
  }
  await Promise.all(waiting)
  if (traffic.windowSeconds === null) return log.partitions + 2 * traffic.decisions
  await new Promise((resolve) => void setTimeout(resolve, 1000 * traffic.windowSeconds! + 100)) // the broker's time must pass
  for (let partition = 0; partition < log.partitions; partition++) await log.append(partition, encodeRecord({ v: 1, kind: 'tick' }))
  return 2 * log.partitions + 2 * traffic.decisions
}
