import { MAX_FEATURE, type EncoderSpec, type FieldSpec } from '@forage/domain'
import { outcomeOf, type DataSet } from './data-set.ts'
import { checkRounds, createTable, roundsOf, shuffledPrefix, streamOf } from './table.ts'

export interface LabelledRows {
  readonly name: string
  readonly columns: readonly string[]
  /** One row of numbers per example, in the order of `columns`. */
  readonly values: readonly (readonly number[])[]
  /** Index into `arms`, per example. */
  readonly labels: readonly number[]
  readonly arms: readonly string[]
}

export interface LoadOptions {
  /** Gives every number with more than two values this many one-hot bins of about equal size; 0, the default, is the published protocol. */
  readonly bins?: number
  /** Clips standardised numbers to ± this. The published protocol does not: 64, the default, is the widest the statistics accept. */
  readonly clip?: number
}

/** A classification table as a bandit: guess the class, 1 when it is right and 0 when not. Rows come shuffled, each once. */
export function classificationDataSet({ name, columns, values, labels, arms }: LabelledRows, { bins = 0, clip = MAX_FEATURE }: LoadOptions = {}): DataSet {
  const fields = columns.map((column, index) => standardised(column, values.map((row) => row[index]!), bins, clip))
  const encoder: EncoderSpec = { kind: 'declared', intercept: true, fields, crosses: [] }
  const table = createTable(encoder, values.length, (row) => Object.fromEntries(columns.map((column, index) => [column, values[row]![index]!])))
  const outcomes = arms.map((_, right) => outcomeOf(arms.map((_, arm) => (arm === right ? 1 : 0))))
  return {
    name,
    arms,
    encoder,
    rewardRange: [0, 1],
    maxRounds: values.length,
    rounds(seed, count) {
      checkRounds(name, count, values.length)
      const rows = shuffledPrefix(values.length, count, streamOf(name, seed))
      return roundsOf(table, rows, (_, row) => outcomes[labels[row]!]!)
    },
  }
}

/** Mean and population standard deviation of the whole column; a column that never varies becomes 0. */
function standardised(name: string, values: readonly number[], bins: number, clip: number): FieldSpec {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  const edges = new Set(values).size > 2 ? quantileEdges(values, bins) : []
  return { name, from: 'context', type: 'numeric', mean, sd: variance > 0 ? Math.sqrt(variance) : 1, clip, ...(edges.length > 0 && { bins: edges }) }
}

/** Edges between `bins` intervals of equally many values; where one value fills several intervals there are fewer. */
function quantileEdges(values: readonly number[], bins: number): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const edges = Array.from({ length: Math.max(0, bins - 1) }, (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / bins)]!)
  return [...new Set(edges)].filter((edge) => edge > sorted[0]!)
}
