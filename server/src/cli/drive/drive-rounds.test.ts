import type { ForageClient } from '@forage/client'
import { decisionIdFor, linearDataSet } from '@forage/simulations'
import { expect, it } from 'vitest'
import { driveRounds, type DriveRun } from './drive-rounds.ts'

const dataSet = linearDataSet()

interface Sent {
  readonly decisionId: string
  readonly value: number
  readonly feedbackId: string
  readonly final: boolean
}

/** A server that always shows the second arm and writes its log into arrays. */
function fake() {
  const calls: string[] = []
  const feedback: Sent[] = []
  const client = {
    recommend: async ({ decisionId }: { decisionId: string }) => {
      calls.push(`recommend ${decisionId}`)
      return { items: [{ id: dataSet.arms[1] }], logged: true }
    },
    feedback: async (sent: Sent) => {
      calls.push(`feedback ${sent.decisionId}`)
      feedback.push(sent)
      return { status: 'accepted', position: `0:${calls.length}` }
    },
    waitLearned: async (position: string) => {
      calls.push(`wait ${position}`)
      return { position, learned: true }
    },
  }
  return { calls, feedback, client: client as unknown as ForageClient }
}

const run = (client: ForageClient, more: Partial<DriveRun> = {}) =>
  driveRounds({ client, dataSet, placement: 'p', seed: 3, rounds: 50, concurrency: 1, waitLearned: false, feedbackRepeat: [1, 1], shuffle: false, random: () => 0.5, ...more })

it('names decisions and feedback after the round, pays what the arm shown pays, and waits once at the end', async () => {
  const { calls, feedback, client } = fake()
  const { tally, decisions } = await run(client)
  expect(calls.slice(0, 2)).toEqual(['recommend linear-3-0', 'feedback linear-3-0'])
  expect(calls.filter((call) => call.startsWith('wait'))).toEqual(['wait 0:100'])
  const rounds = dataSet.rounds(3, 50)
  expect(feedback.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, index) => rounds.at(index).rewards[1]))
  expect(new Set(feedback.map(({ feedbackId }) => feedbackId)).size).toBe(50)
  expect([...decisions]).toEqual(Array.from({ length: 50 }, () => 1))
  const { meanReward, rounds: counted } = tally.result('x', 3, 1)
  expect(counted).toBe(50)
  expect(meanReward).toBeCloseTo(feedback.reduce((sum, { value }) => sum + value, 0) / 50, 12)
})

it('waits after every round when asked to', async () => {
  const { calls, client } = fake()
  await run(client, { waitLearned: true, rounds: 2 })
  expect(calls).toEqual(['recommend linear-3-0', 'feedback linear-3-0', 'wait 0:2', 'recommend linear-3-1', 'feedback linear-3-1', 'wait 0:5'])
})

it('repeats and shuffles feedback with the same ids, at any concurrency', async () => {
  const { calls, feedback, client } = fake()
  let state = 1
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
  const { tally } = await run(client, { concurrency: 8, feedbackRepeat: [1, 5], shuffle: true, random })
  expect(tally.rounds).toBe(50)
  expect(new Set(feedback.map(({ decisionId }) => decisionId))).toEqual(new Set(Array.from({ length: 50 }, (_, index) => decisionIdFor('linear', 3, index))))
  expect(new Set(feedback.map((sent) => JSON.stringify(sent))).size).toBe(50)
  expect(feedback.length).toBeGreaterThan(100)
  expect(calls.filter((call) => call.startsWith('recommend'))).toHaveLength(50)
})

it('keeps what is finished when it is stopped', async () => {
  const { client } = fake()
  const stop = new AbortController()
  const { tally, decisions } = await run(client, { signal: stop.signal, onProgress: (done) => done === 10 && stop.abort() })
  expect(tally.rounds).toBe(10)
  expect(decisions.indexOf(-1)).toBe(10)
})

it('stops all rounds when one fails', async () => {
  const { calls, client } = fake()
  const broken = { ...client, feedback: async () => ({ status: 'rejected', reason: 'unknown item' }) } as unknown as ForageClient
  await expect(run(broken, { concurrency: 4 })).rejects.toThrow('the server rejected the feedback of linear-3-0: unknown item')
  expect(calls.length).toBeLessThan(10)
})
