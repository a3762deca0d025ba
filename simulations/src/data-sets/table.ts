import { ForageError, type EncoderSpec, type Features } from '@forage/domain'
import { createEncoder } from '@forage/features'
import seedrandom from 'seedrandom'
import type { Outcome, Round, Rounds } from './data-set.ts'

/** Rows of a data set, each encoded once. */
export interface Table {
  readonly rows: number
  readonly views: readonly Float64Array[]
  features(row: number): Features
}

export function createTable(spec: EncoderSpec, rows: number, features: (row: number) => Features): Table {
  const encoder = createEncoder(spec)
  const none = encoder.item({})
  const values = new Float64Array(rows * encoder.d)
  const views = Array.from({ length: rows }, (_, row) => {
    encoder.join(encoder.context(features(row)), none, values, row * encoder.d)
    return values.subarray(row * encoder.d, (row + 1) * encoder.d)
  })
  return { rows, views, features }
}

/** The rounds that visit `rows[0]`, `rows[1]`, … of a table, with the outcome of each. */
export function roundsOf(table: Table, rows: Int32Array, outcome: (index: number, row: number) => Outcome): Rounds {
  return {
    length: rows.length,
    at(index): Round {
      const row = rows[index]
      if (row === undefined) throw new ForageError('not_found', `there is no round ${index}: there are ${rows.length}`, { index })
      return new TableRound(table, row, outcome(index, row))
    },
  }
}

class TableRound implements Round {
  readonly x: Float64Array
  readonly rewards: Float64Array
  readonly expected: Float64Array
  readonly bestExpected: number
  readonly uniformExpected: number
  readonly #table: Table
  readonly #row: number
  constructor(table: Table, row: number, outcome: Outcome) {
    this.#table = table
    this.#row = row
    this.x = table.views[row]!
    this.rewards = outcome.rewards
    this.expected = outcome.expected
    this.bestExpected = outcome.bestExpected
    this.uniformExpected = outcome.uniformExpected
  }
  get features(): Features {
    return this.#table.features(this.#row)
  }
}

/** The random numbers of a stream, uniform in [0, 1); each data set and seed has its own. */
export function streamOf(name: string, seed: number): () => number {
  return seedrandom(`${name}:${seed}`)
}

/** The first `count` of a uniformly random order of 0 … size − 1 (Fisher–Yates from the front, so a longer prefix only adds). */
export function shuffledPrefix(size: number, count: number, uniform: () => number): Int32Array {
  const order = Int32Array.from({ length: size }, (_, index) => index)
  for (let index = 0; index < count; index++) {
    const other = index + Math.floor(uniform() * (size - index))
    const kept = order[index]!
    order[index] = order[other]!
    order[other] = kept
  }
  return order.slice(0, count)
}

/** @throws ForageError `invalid_request` */
export function checkRounds(name: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return
  const range = most === Infinity ? 'at least 1' : `from 1 to ${most}, its number of rows`
  throw new ForageError('invalid_request', `rounds of ${name} must be a whole number ${range}: got ${count}`, { rounds: count })
}
