import type { PlacementInput } from '@forage/client'
import { hash32 } from '@forage/domain'
import type { DataSet } from '@forage/simulations'
import type { DriveOptions } from './drive-options.ts'

const DAY = 86_400

/** How a data set is played over HTTP: its own schema and range; a round is learned as soon as its final reward arrives. */
export function placementFor(dataSet: DataSet, { policy, floor, rewardScaling }: Pick<DriveOptions, 'policy' | 'floor' | 'rewardScaling'>): PlacementInput {
  return {
    policy: policy.spec as NonNullable<PlacementInput['policy']>, // parsing has refused the combinations the wire does not know
    encoder: mutable(dataSet.encoder),
    reward: {
      expression: 'reward',
      aggregation: 'last',
      range: [dataSet.rewardRange[0], dataSet.rewardRange[1]],
      scaling: rewardScaling,
      windowSeconds: DAY,
      horizonSeconds: DAY,
    },
    floor,
    decisionDurability: 'acknowledged',
    timeoutMs: 10_000,
  }
}

/** The same definition has the same name, and another one another: two runs never teach one posterior by accident. */
export function placementName(dataSet: DataSet, seed: number, definition: PlacementInput): string {
  return `drive-${dataSet.name}-${seed}-${hash32(JSON.stringify(definition)).toString(16).padStart(8, '0')}`
}

function mutable(encoder: DataSet['encoder']): NonNullable<PlacementInput['encoder']> {
  return structuredClone(encoder) as NonNullable<PlacementInput['encoder']>
}
