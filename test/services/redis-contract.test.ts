import { randomUUID } from 'node:crypto'
import type { Store } from '@forage/store'
import { type OpenStore, storeContract } from '@forage/store/contract'
import { openRedisStore, type RedisAddress } from '@forage/store/redis'
import { afterAll, afterEach, beforeAll, it } from 'vitest'
import { anyRedis, describeWithRedis, startCluster, startSentinelTrio } from './redis.ts'
import { timeTravel } from './redis-time.ts'

/** Runs the contract's cases, each on a store with a prefix of its own. */
function contractOn(address: () => RedisAddress, allowNoAof = false): void {
  const opened: Store[] = []
  const open: OpenStore = async (now) => {
    const prefix = `test:${randomUUID()}:`
    const store = await openRedisStore({ ...address(), role: 'learner', prefix, allowNoAof, onWarning: () => {} })
    opened.push(store)
    return { ...store, cache: timeTravel(store.cache, now) }
  }
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })
  it.each(Object.entries(storeContract))('%s', (_, contract) => contract(open))
}

describeWithRedis('the Redis store', 'server', () => {
  let server: Awaited<ReturnType<typeof anyRedis>>
  beforeAll(async () => void (server = await anyRedis()))
  afterAll(() => server.stop())
  contractOn(() => ({ url: server.url }), true)
})

describeWithRedis('the Redis store behind Sentinels', 'processes', () => {
  let trio: Awaited<ReturnType<typeof startSentinelTrio>>
  beforeAll(async () => void (trio = await startSentinelTrio()), 60_000)
  afterAll(() => trio.stop())
  contractOn(() => ({ sentinels: trio.sentinels, masterName: trio.masterName }))
})

describeWithRedis('the Redis store on a Cluster', 'processes', () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>
  beforeAll(async () => void (cluster = await startCluster()), 60_000)
  afterAll(() => cluster.stop())
  contractOn(() => ({ cluster: cluster.nodes }))
})
