import { randomUUID } from 'node:crypto'
import type { EventLog } from '@forage/event-log'
import { openKafkaLog } from '@forage/event-log/kafka'
import type { Store } from '@forage/store'
import { openRedisStore, type RedisAddress } from '@forage/store/redis'
import type { LearnerTask } from './learner-task.ts'
import { Learner } from './learner.ts'
import type { World } from './world.ts'

export interface CornerOptions {
  readonly partitions?: number
  /** Where the verdict reads; the world's Redis by default. */
  readonly redis?: RedisAddress
}

/** A topic, a key prefix, and connections to both that nothing is done to. */
export class Corner {
  readonly world: World
  readonly topic: string
  readonly prefix: string
  readonly redis: RedisAddress
  readonly log: EventLog
  readonly store: Store
  readonly #children: { readonly running: boolean; kill(): Promise<void> }[] = []
  #lives = 0

  private constructor(world: World, topic: string, redis: RedisAddress, log: EventLog, store: Store) {
    this.world = world
    this.topic = topic
    this.prefix = `${topic}:`
    this.redis = redis
    this.log = log
    this.store = store
  }

  static async open(world: World, { partitions = 4, redis = { url: world.redis.url } }: CornerOptions = {}): Promise<Corner> {
    const topic = `faults-${randomUUID()}`
    const log = await openKafkaLog({ brokers: world.kafka.brokers, topic, partitions, giveUpMs: 3000 })
    const store = await openRedisStore({ ...redis, prefix: `${topic}:`, role: 'learner', onWarning: () => {}, allowNoAof: true })
    return new Corner(world, topic, redis, log, store)
  }

  /** Starts a learner; what is not given is usual. */
  learner(given: Partial<LearnerTask> = {}): Learner {
    const { topic, prefix, redis, world } = this
    const learner = new Learner({ brokers: world.kafka.brokers, topic, redis, prefix, member: `learner-${this.#lives++}`, lifeMs: 1500, checkpoint: { records: 300, ms: 50 }, ...given })
    this.#children.push(learner)
    return learner
  }

  /** Ends it when the corner is closed. */
  owns(child: { readonly running: boolean; kill(): Promise<void> }): void {
    this.#children.push(child)
  }

  /** Ends whatever still runs. */
  async close(): Promise<void> {
    await Promise.all(this.#children.filter(({ running }) => running).map((child) => child.kill()))
    await this.log.close()
    await this.store.close()
  }
}
