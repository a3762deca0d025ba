import { choose, formatPolicy, kernels, OnlineModel, seeded } from '@forage/bandit'
import { ForageError, type PolicySpec } from '@forage/domain'
import { setImmediate as afterOthers } from 'node:timers/promises'
import type { DataSet, Round } from './data-sets/data-set.ts'
import { decisionIdFor } from './decision-id.ts'
import type { LearningModel } from './derived-model.ts'
import { modelReward, type RewardScaling } from './model-reward.ts'
import { Tally, type RunResult } from './tally.ts'

/** Rounds between two looks at the clock, and how long to keep the process to ourselves. */
const STRETCH = 64
const SLICE_MS = 20

export interface RunOptions {
  readonly dataSet: DataSet
  readonly policy: PolicySpec
  readonly seed: number
  readonly rounds: number
  /** `unit` maps the data set's reward range to [0, 1] for the model; reported rewards stay as they are. Default `none`. */
  readonly rewardScaling?: RewardScaling
  /** Share of every draw that is spread uniformly. Default 0: the published protocol has none. */
  readonly floor?: number
  /** Called now and then with the rounds done so far, and at the end. */
  readonly onProgress?: (done: number) => void
  /** Aborting ends the run early; the result is that of the rounds done. */
  readonly signal?: AbortSignal
  /** Gets the index of the arm chosen in each round; at least `rounds` long. */
  readonly decisions?: Int32Array
  /** Makes the model; by default the fast one. Tests give the plain one. */
  readonly createModel?: (spec: PolicySpec, d: number, seed: string) => LearningModel
}

/**
 * Plays a policy against a data set in this process: one round after the other, learning after each. The same options give the same
 * decisions, and the same as the HTTP driver's when each round is learned before the next. Lets other work in every 20 ms.
 * @throws ForageError `invalid_request` when the data set has fewer rounds, `invalid_policy` when the policy does not fit it
 */
export async function runPolicy(options: RunOptions): Promise<RunResult> {
  const { dataSet, policy, seed, rounds: count, onProgress, signal } = options
  const rounds = dataSet.rounds(seed, count)
  const playRound = playerOf(options, rounds.at(0).x.length)
  const tally = new Tally()
  let [elapsedMs, sliceStarted] = [0, performance.now()]
  for (let index = 0; index < count; index++) {
    if (signal?.aborted === true) break
    const round = rounds.at(index)
    const arm = playRound(round, index)
    tally.add(round, arm)
    if (options.decisions !== undefined) options.decisions[index] = arm
    if (index % STRETCH !== STRETCH - 1) continue
    const now = performance.now()
    if (now - sliceStarted < SLICE_MS) continue
    elapsedMs += now - sliceStarted
    onProgress?.(tally.rounds)
    await afterOthers()
    sliceStarted = performance.now()
  }
  elapsedMs += performance.now() - sliceStarted
  onProgress?.(tally.rounds)
  return tally.result(formatPolicy(policy), seed, elapsedMs / 1000)
}

/** Chooses an arm for a round and learns from its reward. */
function playerOf({ dataSet, policy, seed, rewardScaling = 'none', floor = 0, createModel = onlineModel }: RunOptions, d: number) {
  const { arms, name, rewardRange } = dataSet
  if ('model' in policy && policy.model === 'hybrid')
    throw new ForageError('invalid_policy', `the arms of ${name} have no features: a hybrid model has nothing to share`, { field: 'model' })
  const model = createModel(policy, d, name)
  const rows = kernels.allocate(arms.length * d)
  const set = { ids: arms, rows, d }
  return ({ x, rewards }: Round, index: number): number => {
    repeat(x, rows)
    const { picks } = choose(model.score(set), { count: 1, floor, rng: seeded(decisionIdFor(name, seed, index)) })
    const arm = picks[0]!.index
    model.learn(arms[arm]!, x, modelReward(rewards[arm]!, rewardRange, rewardScaling))
    return arm
  }
}

/** Fills `rows` with copies of x, doubling what is there. */
function repeat(x: Float64Array, rows: Float64Array): void {
  rows.set(x)
  for (let done = x.length; done < rows.length; done *= 2) rows.copyWithin(done, 0, done)
}

function onlineModel(spec: PolicySpec, d: number, seed: string): LearningModel {
  return new OnlineModel(spec, { d, sharedLength: 0 }, seed)
}
