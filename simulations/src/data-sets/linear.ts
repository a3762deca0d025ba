import type { EncoderSpec, FieldSpec } from '@forage/domain'
import { outcomeOf, type DataSet } from './data-set.ts'
import { checkRounds, createTable, roundsOf, streamOf } from './table.ts'

const FIELDS = 4
const ARMS = 3
const ROWS = 512
const NOISE = 0.1

/** A small world for tests and first steps, without a file: an arm's expected reward is linear in four numbers, the noise ±0.1. */
export function linearDataSet(): DataSet {
  const uniform = streamOf('linear', 0)
  const sample = (length: number) => Array.from({ length }, () => 2 * uniform() - 1)
  const truth = Array.from({ length: ARMS }, () => sample(FIELDS + 1))
  const contexts = Array.from({ length: ROWS }, () => sample(FIELDS))
  const expected = contexts.map((context) => truth.map((weights) => [...context, 1].reduce((sum, value, index) => sum + value * weights[index]!, 0)))
  const fields = Array.from({ length: FIELDS }, (_, index): FieldSpec => ({ name: `f${index}`, from: 'context', type: 'numeric', mean: 0, sd: 1, clip: 8 }))
  const encoder: EncoderSpec = { kind: 'declared', intercept: true, fields, crosses: [] }
  const table = createTable(encoder, ROWS, (row) => Object.fromEntries(contexts[row]!.map((value, index) => [`f${index}`, value])))
  return {
    name: 'linear',
    arms: ['a', 'b', 'c'],
    encoder,
    rewardRange: [-FIELDS - 1 - NOISE, FIELDS + 1 + NOISE],
    maxRounds: Infinity,
    rounds(seed, count) {
      checkRounds('linear', count, Infinity)
      const stream = streamOf('linear rounds', seed)
      const rows = new Int32Array(count)
      const noise = new Float64Array(count * ARMS)
      for (let index = 0; index < count; index++) {
        rows[index] = Math.floor(stream() * ROWS)
        for (let arm = 0; arm < ARMS; arm++) noise[index * ARMS + arm] = NOISE * (2 * stream() - 1)
      }
      return roundsOf(table, rows, (index, row) => outcomeOf(expected[row]!.map((mean, arm) => mean + noise[index * ARMS + arm]!), expected[row]!))
    },
  }
}
