import { parsePolicy } from '@forage/bandit'
import { createClient } from '@forage/client'
import type { LearningReply } from '@forage/contracts'
import type { EventLog } from '@forage/event-log'
import { createMemoryLog } from '@forage/event-log/memory'
import type { DataSet } from '@forage/simulations'
import type { Store } from '@forage/store'
import { createMemoryStore } from '@forage/store/memory'
import seedrandom from 'seedrandom'
import { readConfig } from '../../config.ts'
import { startServer } from '../../start.ts'
import { driveRounds, type Driven, type DriveRun } from '../drive/drive-rounds.ts'
import { createHttpTransport } from '../drive/http-transport.ts'
import { placementFor, placementName } from '../drive/placement.ts'

export interface DriveThrough extends Partial<DriveRun> {
  readonly policy: string
  readonly rounds: number
  readonly floor?: number
  readonly partitions?: number
}

/** What a server of its own made of a data set: the run, what it served at the end, and its log and store after it has stopped. */
export interface DrivenThrough extends Driven {
  readonly learning: LearningReply
  readonly log: EventLog
  readonly store: Store
}

/** A driver that outlives the server which was given it. */
const kept = <T extends { close(): Promise<void> }>(driver: T): T =>
  new Proxy(driver, {
    get(target, name) {
      if (name === 'close') return async () => {}
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

export async function driveThrough(dataSet: DataSet, { policy, floor = 0, partitions = 1, ...run }: DriveThrough): Promise<DrivenThrough> {
  const [log, store] = [createMemoryLog({ partitions, now: Date.now }), createMemoryStore()]
  const config = readConfig({}, { port: 0, dataDir: null, logLevel: 'silent', partitions })
  const server = await startServer(config, { drivers: { log: kept(log), store: kept(store) } })
  const transport = createHttpTransport(16)
  try {
    const client = createClient({ url: server.url, fetch: transport.fetch })
    const definition = placementFor(dataSet, { policy: { text: policy, spec: parsePolicy(policy) }, floor, rewardScaling: 'none' })
    const placement = placementName(dataSet, 0, definition)
    await client.putPlacement(placement, definition)
    const driven = await driveRounds({
      client, dataSet, placement, seed: 0, concurrency: 1, waitLearned: false, feedbackRepeat: [1, 1], shuffle: false, random: seedrandom('order'), ...run,
    })
    return { ...driven, learning: await client.learning(), log, store }
  } finally {
    transport.close()
    await server.close()
  }
}
