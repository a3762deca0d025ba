import type { ForageClient } from '@forage/client'
import type { RecommendBody } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import { decisionIdFor, Tally, type DataSet } from '@forage/simulations'
import { createFeedbackQueue } from './feedback-queue.ts'
import { LearnedGate } from './learned-gate.ts'

export interface DriveRun {
  readonly client: ForageClient
  readonly dataSet: DataSet
  readonly placement: string
  readonly seed: number
  readonly rounds: number
  readonly concurrency: number
  readonly waitLearned: boolean
  readonly feedbackRepeat: readonly [number, number]
  readonly shuffle: boolean
  /** Order of shuffled feedback. */
  readonly random: () => number
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
}

export interface Driven {
  readonly tally: Tally
  /** Index of the arm shown in each round; −1 where the run was stopped before it. */
  readonly decisions: Int32Array
  /** Decisions that the server's log did not take: it never learns from them. */
  readonly unlogged: number
}

/** Plays rounds 0 … n − 1 through the API. All ids are made from the round, so that running it again repeats the same calls. */
export async function driveRounds(run: DriveRun): Promise<Driven> {
  const { client, dataSet, placement, seed, signal } = run
  const rounds = dataSet.rounds(seed, run.rounds)
  const candidates = dataSet.arms.map((id) => ({ id }))
  const armOf = new Map(dataSet.arms.map((id, index) => [id, index]))
  const gate = new LearnedGate(client)
  const queue = createFeedbackQueue<{ decisionId: string; value: number }>({
    repeat: run.feedbackRepeat,
    shuffle: run.shuffle,
    random: run.random,
    send: async ({ decisionId, value }) => {
      const result = await client.feedback({ decisionId, event: 'reward', value, final: true, feedbackId: `${decisionId}-reward` })
      if (result.status === 'rejected') throw new ForageError('internal', `the server rejected the feedback of ${decisionId}: ${result.reason ?? 'no reason given'}`)
      gate.note(result.position)
    },
  })
  const tally = new Tally()
  const decisions = new Int32Array(run.rounds).fill(-1)
  let next = 0
  let unlogged = 0
  const failure = new AbortController()
  const stopped = () => failure.signal.aborted || signal?.aborted === true

  const play = async (index: number) => {
    const round = rounds.at(index)
    const decisionId = decisionIdFor(dataSet.name, seed, index)
    const answer = await client.recommend({ placement, context: round.features as NonNullable<RecommendBody['context']>, candidates, decisionId })
    const arm = armOf.get(answer.items[0]?.id ?? '')
    if (arm === undefined) throw new ForageError('internal', `the server showed an unknown arm for ${decisionId}`)
    if (!answer.logged) unlogged += 1
    await queue.push({ decisionId, value: round.rewards[arm]! })
    if (run.waitLearned) await gate.wait(signal)
    decisions[index] = arm
    tally.add(round, arm)
    run.onProgress?.(tally.rounds)
  }
  const worker = async () => {
    try {
      while (next < run.rounds && !stopped()) await play(next++)
    } catch (error) {
      failure.abort()
      throw error
    }
  }
  await Promise.all(Array.from({ length: Math.min(run.concurrency, run.rounds) }, worker))
  await queue.drain()
  await gate.wait(signal)
  return { tally, decisions, unlogged }
}
