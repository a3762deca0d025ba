import { encodeRecord, toUnits, type DecisionRecord, type FeedbackRecord, type InteractionRecord, type PlacementSpec, type RewardSpec } from '@forage/domain'
import type { LogRecord } from '@forage/folding'

/** A record and its broker time. */
export type Entry = readonly [time: number, content: InteractionRecord]

export function aPlacement({ reward, ...rest }: Partial<Omit<PlacementSpec, 'reward'>> & { reward?: Partial<RewardSpec> } = {}): PlacementSpec {
  return {
    id: 'home',
    policy: { name: 'lin-ucb', model: 'disjoint', lambda: 0.5, initialPulls: 0, alpha: 1 },
    encoder: { kind: 'hashed', dimension: 4, interactions: false, intercept: true },
    reward: { expression: 'click + 5 * buy', aggregation: 'sum', defaultReward: 0, range: [-10, 10], scaling: 'none', windowSeconds: 20, horizonSeconds: 60, ...reward },
    floor: 0.02, halfLifeSeconds: null, decisionDurability: 'buffered', examined: 'all', timeoutMs: 50,
    ...rest,
  }
}

export const defined = (spec: PlacementSpec, version = 1): InteractionRecord => ({ v: 1, kind: 'placement', version, spec })

/** A decision of `aPlacement()` that showed `items`; each has a vector of its own. */
export function aDecision(id: string, { items = ['a'], x = [1, 0.5], ...rest }: Partial<DecisionRecord> & { items?: readonly string[]; x?: readonly number[] } = {}): DecisionRecord {
  const slate = items.map((item, place) => ({ id: item, p: 0.5, x: x.map((value) => toUnits(value) + place) }))
  return { v: 1, kind: 'decision', id, placement: 'home', version: 1, model: 'home/model', snapshot: '', deferred: false, sharedLength: 0, slate, ...rest }
}

export function aFeedback(decisionId: string, feedbackId: string, rest: Partial<FeedbackRecord> = {}): FeedbackRecord {
  return { v: 1, kind: 'feedback', decisionId, feedbackId, event: 'click', value: 1, final: false, ...rest }
}

export const anActivation = (decisionId: string): InteractionRecord => ({ v: 1, kind: 'activation', decisionId })
export const aTick: InteractionRecord = { v: 1, kind: 'tick' }

export const logOf = (entries: readonly Entry[], partition = 0): LogRecord[] =>
  entries.map(([time, content], offset) => ({ partition, offset, time, value: encodeRecord(content) }))
