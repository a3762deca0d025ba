import type { EncoderSpec, Features } from '@forage/domain'

/** What each arm would have paid in one round. Arrays are in the order of `DataSet.arms`, shared between rounds: read only. */
export interface Outcome {
  /** The reward each arm pays if it is chosen. */
  readonly rewards: Float64Array
  /** The same without the luck: the expectation given the row. */
  readonly expected: Float64Array
  readonly bestExpected: number
  /** Expectation of a uniformly drawn arm. */
  readonly uniformExpected: number
}

export interface Round extends Outcome {
  /** The context, as a request would carry it. Made anew at each read. */
  readonly features: Features
  /** `createEncoder(dataSet.encoder)` of `features` and an item without features: a view into a shared table, read only. */
  readonly x: Float64Array
}

export interface Rounds {
  readonly length: number
  /** @throws ForageError `not_found` outside [0, length) */
  at(index: number): Round
}

/** A table whose truth is known, played as a bandit: the context is a row, the arms are the same in every round. */
export interface DataSet {
  readonly name: string
  readonly arms: readonly string[]
  /** A declared schema of the context; arms have no features, so policies need a `disjoint` model. */
  readonly encoder: EncoderSpec
  readonly rewardRange: readonly [number, number]
  /** Rounds one stream can give; infinite when rows are drawn with replacement. */
  readonly maxRounds: number
  /**
   * The stream of `seed`. The first n rounds are the same however many are asked for.
   * @throws ForageError `invalid_request` when `count` is not a whole number from 1 to `maxRounds`
   */
  rounds(seed: number, count: number): Rounds
}

/** @param rewards in the order of the arms; `expected` defaults to them: no luck involved */
export function outcomeOf(rewards: readonly number[], expected: readonly number[] = rewards): Outcome {
  return {
    rewards: Float64Array.from(rewards),
    expected: Float64Array.from(expected),
    bestExpected: Math.max(...expected),
    uniformExpected: expected.reduce((sum, value) => sum + value, 0) / expected.length,
  }
}
