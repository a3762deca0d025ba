import { hash32 } from '@forage/domain'

const base = { reward: { expression: 'click', windowSeconds: 600 }, decisionDurability: 'buffered' }
const declared = {
  kind: 'declared',
  fields: [
    { name: 'device', from: 'context', type: 'categorical', values: ['mobile', 'desktop'] },
    { name: 'hour', from: 'context', type: 'numeric', mean: 12, sd: 7 },
    { name: 'price', from: 'item', type: 'numeric', mean: 50, sd: 30 },
    { name: 'category', from: 'item', type: 'categorical', values: ['shoes', 'shirts', 'bags'] },
  ],
  crosses: [['device', 'category']],
}

/** One placement for every kind of policy, so that every way of computing a probability is served and audited. */
export const placements: Record<string, object> = {
  'thompson-shared': { ...base, policy: { name: 'linear-thompson', model: 'shared', lambda: 0.5 }, encoder: declared },
  'thompson-disjoint': { ...base, policy: { name: 'linear-thompson', model: 'disjoint', lambda: 2 }, encoder: declared },
  'thompson-known': { ...base, policy: { name: 'linear-thompson', model: 'disjoint', noise: 'known', variance: 0.25 }, encoder: declared, floor: 0.1 },
  'ucb-hybrid': { ...base, policy: { name: 'lin-ucb', model: 'hybrid', alpha: 0.5 }, encoder: declared },
  'ucb-shared': { ...base, policy: { name: 'lin-ucb', model: 'shared', alpha: 0.5 }, encoder: { kind: 'hashed', dimension: 64 } },
  softmax: { ...base, policy: { name: 'softmax', model: 'disjoint', temperature: 0.2 }, encoder: declared, floor: 0 },
  'square-cb': { ...base, policy: { name: 'square-cb', model: 'shared' }, encoder: declared },
  'epsilon-greedy': { ...base, policy: { name: 'epsilon-greedy', model: 'disjoint', epsilon: 0.2 }, encoder: declared },
  'beta-thompson': { ...base, policy: { name: 'beta-thompson' }, encoder: { kind: 'declared', fields: [] } },
  ucb1: { ...base, policy: { name: 'ucb1' }, encoder: { kind: 'declared', fields: [] } },
}

const categories = ['shoes', 'shirts', 'bags']
export const items = Array.from({ length: 6 }, (_, index) => ({ id: `item-${index}`, features: { price: 20 + 15 * index, category: categories[index % 3]! } }))
export const devices = ['mobile', 'desktop'] as const

/** The world's truth: P(click | device, item). */
export function clickProbability(device: string, item: string): number {
  return 0.1 + (0.5 * hash32(`${device}/${item}`)) / 2 ** 32
}

/** Value of the known policy (uniform over the catalog) for one device: the truth that the log must give back. */
export const uniformValue = (device: string): number => items.reduce((sum, { id }) => sum + clickProbability(device, id) / items.length, 0)
