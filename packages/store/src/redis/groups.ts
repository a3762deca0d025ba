import type { GroupStore, GroupView } from '../store.ts'
import { type RedisClient, listOf, textOf } from './client.ts'
import type { RedisKeys } from './keys.ts'
import { script } from './script.ts'

// KEYS: members (sorted set by end of life, in Redis's milliseconds), holders (hash partition → member). Every script buries the dead first.
const BURY = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = redis.call('HGETALL', KEYS[2])
for at = 1, #held, 2 do if not redis.call('ZSCORE', KEYS[1], held[at + 1]) then redis.call('HDEL', KEYS[2], held[at]) end end
`
const LONGEST_LIFE_MS = 600_000

/** ARGV: member, life in milliseconds, exactly the partitions it works on: a claim or release whose answer was lost is set right. */
const beatScript = script(`
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[2]), ARGV[1])
${BURY.replace('local time = redis.call(\'TIME\')\n', '')}
local own = {}
for at = 3, #ARGV do own[ARGV[at]] = true end
for at = 1, #held, 2 do if held[at + 1] == ARGV[1] and not own[held[at]] then redis.call('HDEL', KEYS[2], held[at]) end end
for at = 3, #ARGV do redis.call('HSETNX', KEYS[2], ARGV[at], ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ${LONGEST_LIFE_MS})
redis.call('PEXPIRE', KEYS[2], ${LONGEST_LIFE_MS})
return {redis.call('ZRANGE', KEYS[1], 0, -1), redis.call('HGETALL', KEYS[2])}`)

const claimScript = script(`${BURY}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[1])
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] then return 1 end
return 0`)

const releaseScript = script(`
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[2], ARGV[2]) end
return 1`)

const leaveScript = script(`
redis.call('ZREM', KEYS[1], ARGV[1])
${BURY}
return 1`)

/** Groups by Redis's own clock: members need not agree on the time. */
export class RedisGroups implements GroupStore {
  readonly #client: RedisClient
  readonly #keys: RedisKeys

  constructor(client: RedisClient, keys: RedisKeys) {
    this.#client = client
    this.#keys = keys
  }

  async beat(group: string, member: string, lifeMs: number, held: readonly number[]): Promise<GroupView> {
    const [members, holders] = listOf(await this.#client.run(beatScript, this.#names(group), [member, Math.ceil(lifeMs), ...held]))
    const flat = listOf(holders).map((reply) => textOf(reply) ?? '')
    const pairs = flat.flatMap((name, at): [number, string][] => (at % 2 === 0 ? [[Number(name), flat[at + 1]!]] : []))
    return { members: listOf(members).map((reply) => textOf(reply) ?? '').toSorted(), holders: new Map(pairs.toSorted(([a], [b]) => a - b)) }
  }

  async claim(group: string, member: string, partition: number): Promise<boolean> {
    return (await this.#client.run(claimScript, this.#names(group), [member, partition])) === 1
  }

  async release(group: string, member: string, partition: number): Promise<void> {
    await this.#client.run(releaseScript, this.#names(group), [member, partition])
  }

  async leave(group: string, member: string): Promise<void> {
    await this.#client.run(leaveScript, this.#names(group), [member])
  }

  #names(group: string): [string, string] {
    const { members, holders } = this.#keys.group(group)
    return [members, holders]
  }
}
