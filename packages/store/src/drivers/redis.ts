import { RedisCache } from '../redis/cache.ts'
import { checkServer } from '../redis/check-server.ts'
import { RedisCheckpoints } from '../redis/checkpoints.ts'
import { connectRedis, type Credentials, type RedisAddress } from '../redis/connect.ts'
import { RedisDocuments } from '../redis/documents.ts'
import { RedisGroups } from '../redis/groups.ts'
import { redisKeys } from '../redis/keys.ts'
import type { Store } from '../store.ts'

export type { Credentials, HostAndPort, RedisAddress } from '../redis/connect.ts'

export type RedisStoreOptions = RedisAddress & Credentials & {
  /** Before every key (default `forage:`); several installations may share a server. No braces. */
  readonly prefix?: string
  /** `serving` gives the cache a connection and a short time limit of its own, so that no big answer is in its way. */
  readonly role: 'serving' | 'learner'
  /** Limit of every command (default 1500 ms). */
  readonly commandTimeoutMs?: number
  /** Limit of the cache's commands when serving (default 100 ms). */
  readonly cacheTimeoutMs?: number
  /** How long to wait for the first connection (default 10 s). */
  readonly connectTimeoutMs?: number
  /** How often a watch asks, for notices that were lost (default 1 s). */
  readonly pollMs?: number
  readonly allowEviction?: boolean
  readonly allowNoAof?: boolean
  /** Told once what the start-up check could not find out. Default: a process warning. */
  readonly onWarning?: (message: string) => void
}

/**
 * A store in Redis, shared by any number of processes: one server, Sentinels or a Cluster.
 * @throws ForageError `store_unavailable` when it cannot be reached, or when it may evict keys or has no append-only file and that was not allowed
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { prefix = 'forage:', role, commandTimeoutMs = 1500, cacheTimeoutMs = 100, connectTimeoutMs = 10_000, pollMs = 1000 } = options
  const { allowEviction = false, allowNoAof = false, onWarning = (message) => process.emitWarning(message) } = options
  const keys = redisKeys(prefix)
  const client = await connectRedis(options, { ...options, connectTimeoutMs, timeoutMs: commandTimeoutMs })
  try {
    for (const what of await checkServer(client, { allowEviction, allowNoAof })) onWarning(`Redis does not say ${what}`)
    const quick = role === 'serving' ? await connectRedis(options, { ...options, connectTimeoutMs, timeoutMs: cacheTimeoutMs }) : client
    const checkpoints = new RedisCheckpoints(client, keys, pollMs)
    return {
      name: 'redis',
      checkpoints,
      documents: new RedisDocuments(client, keys),
      cache: new RedisCache(quick, keys),
      groups: new RedisGroups(client, keys),
      async close() {
        checkpoints.close()
        await Promise.all([client.close(), quick.close()])
      },
    }
  } catch (error) {
    await client.close()
    throw error
  }
}
