import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parsePolicy } from '@forage/bandit'
import { loadDataSet, runPolicy } from '@forage/simulations'

export interface ChooseLearnRow {
  readonly data: string
  readonly shape: string
  readonly policy: string
  readonly rounds: number
  readonly decisionsPerSecond: number
  /** Decisions per second that Vowpal Wabbit 9.11.2 was measured at on a machine of this kind (epsilon .05, learning included). */
  readonly vw: { readonly wasm: number; readonly native: number }
  readonly ratio: { readonly wasm: number; readonly native: number }
}

const folder = process.env['FORAGE_DATA_SETS'] ?? join(import.meta.dirname, '../../../shared/data')
const sets = [
  { name: 'mushroom', file: 'mushroom/agaricus-lepiota.data', shape: 'd=117 K=2', vw: { wasm: 22_500, native: 486_000 } },
  { name: 'statlog', file: 'statlog-shuttle/shuttle.csv', shape: 'd=9 K=7', vw: { wasm: 16_800, native: 160_000 } },
  { name: 'covertype', file: 'covertype-20k/covtype.20k.data', shape: 'd=54 K=7', vw: { wasm: 8_600, native: 138_000 } },
] as const
/** Rounds until the compiler has settled. */
const WARM_UP = 20_000
const policies = ['linear-thompson:model=disjoint;lambda=0.25', 'lin-ucb:model=disjoint;alpha=0.25', 'epsilon-greedy:model=disjoint;epsilon=0.05']

/** Choose + learn in process, one decision after the other, median of `repeats`. VW cannot be installed from npm: its figures are recorded ones. */
export async function benchChooseLearn({ rounds, repeats }: { rounds: number; repeats: number }): Promise<ChooseLearnRow[]> {
  const rows: ChooseLearnRow[] = []
  for (const { name, file, shape, vw } of sets) {
    const path = join(folder, file)
    if (!existsSync(path)) continue
    const dataSet = await loadDataSet(name, path)
    for (const policy of policies) {
      const rates: number[] = []
      for (let repeat = 0; repeat <= repeats; repeat++) {
        const { decisionsPerSecond } = await runPolicy({ dataSet, policy: parsePolicy(policy), seed: repeat, rounds: repeat === 0 ? WARM_UP : rounds })
        if (repeat > 0) rates.push(decisionsPerSecond)
      }
      const rate = rates.toSorted((a, b) => a - b)[rates.length >> 1]!
      rows.push({ data: name, shape, policy, rounds, decisionsPerSecond: Math.round(rate), vw, ratio: { wasm: rate / vw.wasm, native: rate / vw.native } })
    }
  }
  return rows
}
