import type { CheckpointWrite } from '@forage/store'
import type { LearnerTask } from '../world/learner-task.ts'
import { RawRedis } from './raw-redis.ts'

const AT_ONCE = 500
/** Writes everything in one go, whoever it is from and whatever is there. */
const ALL = `
local at = 1
local fields, entries, gone = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
at = 4
for i = 1, fields do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) at = at + 2 end
for i = 1, entries do redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) at = at + 2 end
for i = 1, gone do redis.call('HDEL', KEYS[1], ARGV[at]) redis.call('HDEL', KEYS[2], ARGV[at]) at = at + 1 end
return 1`

/** Checkpoints in the layout of the Redis store, saved without its script. */
export class NaiveCheckpoints {
  readonly #redis: RawRedis
  readonly #prefix: string

  private constructor(redis: RawRedis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  static async open({ redis, prefix }: LearnerTask): Promise<NaiveCheckpoints> {
    if (!('url' in redis)) throw new Error('a broken build needs a single Redis')
    return new NaiveCheckpoints(await RawRedis.open(redis.url), prefix)
  }

  #keys(partition: number): [string, string] {
    const key = `${this.#prefix}{checkpoint:learner:${partition}}`
    return [`${key}:state`, `${key}:entries`]
  }

  /** Fields and entries, not the offset; a head where there is none yet. */
  async writeState(partition: number, { fields, entries }: CheckpointWrite): Promise<void> {
    const [state] = this.#keys(partition)
    for (const name of ['offset', 'replayFrom', 'savedBy']) await this.#redis.send('HSETNX', state, name, 0)
    await this.#write(partition, fields, entries, [])
  }

  async writeOffset(partition: number, { offset, replayFrom, epoch }: CheckpointWrite): Promise<void> {
    await this.#redis.send('HSET', this.#keys(partition)[0], 'offset', offset, 'replayFrom', replayFrom, 'savedBy', epoch)
  }

  async writeAll(partition: number, { fields, entries, offset, replayFrom, epoch }: CheckpointWrite): Promise<void> {
    await this.#write(partition, fields, entries, ['offset', offset, 'replayFrom', replayFrom, 'savedBy', epoch])
  }

  async #write(partition: number, fields: CheckpointWrite['fields'], entries: CheckpointWrite['entries'], head: (string | number)[]): Promise<void> {
    const pairs = (map: ReadonlyMap<string, Uint8Array | null>, before: string) => [...map].flatMap(([name, bytes]) => (bytes === null ? [] : [`${before}${name}`, bytes]))
    const gone = [...[...fields].filter(([, bytes]) => bytes === null).map(([name]) => `f:${name}`), ...[...entries].filter(([, bytes]) => bytes === null).map(([name]) => name)]
    const [own, rest] = [[...head, ...pairs(fields, 'f:')], pairs(entries, '')]
    for (let at = 0; at < rest.length; at += 2 * AT_ONCE) {
      const some = rest.slice(at, at + 2 * AT_ONCE)
      await this.#redis.send('HSET', this.#keys(partition)[1], ...some)
    }
    await this.#redis.send('EVAL', ALL, 2, ...this.#keys(partition), own.length / 2, 0, gone.length, ...own, ...gone)
  }
}
