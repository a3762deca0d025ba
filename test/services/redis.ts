import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { dockerLacks, REDIS_IMAGE } from './docker.ts'
import { type RedisForTests, startRedisContainer } from './redis-container.ts'
import { freePort, hasRedisBinary, redisCommand, RedisProcess, until } from './redis-process.ts'
import { isRequired, saySkipped } from './services.ts'

/**
 * Declares tests that need a Redis: at `FORAGE_TEST_REDIS`, else a process of the local `redis-server`, else a Docker container. `processes`: the
 * tests kill and configure servers, so only the binary will do. Without one they are skipped, loudly; with `REQUIRE_SERVICES=redis` that is a failure.
 */
export function describeWithRedis(name: string, needs: 'server' | 'processes', body: () => void): void {
  const lacks = hasRedisBinary() ? null : needs === 'processes' ? 'no redis-server binary' : lacksServer()
  if (lacks === null) return void describe(name, body)
  if (isRequired('redis')) {
    it(name, () => {
      throw new Error(`REQUIRE_SERVICES names redis, but there is ${lacks}`)
    })
    return
  }
  saySkipped(name, lacks)
  describe.skip(name, body)
}

const givenUrl = (): string | undefined => process.env['FORAGE_TEST_REDIS'] || undefined

function lacksServer(): string | null {
  if (givenUrl() !== undefined) return null
  const withoutDocker = dockerLacks(REDIS_IMAGE, isRequired('redis'))
  return withoutDocker === null ? null : `no FORAGE_TEST_REDIS, no redis-server binary; ${withoutDocker}`
}

/** The given server, or one of our own. Use a prefix nobody else has: the given one is shared. */
export async function anyRedis(): Promise<RedisForTests> {
  const url = givenUrl()
  if (url !== undefined) return { url, async stop() {} }
  return hasRedisBinary() ? startRedis() : startRedisContainer()
}

export async function startRedis(...settings: string[]): Promise<RedisProcess> {
  const server = new RedisProcess(await freePort(), settings)
  await server.start()
  return server
}

export interface SentinelTrio {
  readonly sentinels: { host: string; port: number }[]
  readonly masterName: string
  readonly master: RedisProcess
  readonly replica: RedisProcess
  stop(): Promise<void>
}

/** A master, a replica and three Sentinels that need half a second of silence and two votes for a failover. */
export async function startSentinelTrio(): Promise<SentinelTrio> {
  const master = await startRedis('--repl-diskless-sync-delay', '0')
  const replica = await startRedis('--replicaof', `127.0.0.1 ${master.port}`)
  await until('the replica', async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'))
  const watchers: RedisProcess[] = []
  for (let index = 0; index < 3; index++) {
    const port = await freePort()
    const watcher = new RedisProcess(port, [])
    const file = join(watcher.folder, 'sentinel.conf')
    writeFileSync(file, [
      `port ${port}`, 'bind 127.0.0.1', `dir ${watcher.folder}`, `sentinel monitor main 127.0.0.1 ${master.port} 2`,
      'sentinel down-after-milliseconds main 500', 'sentinel failover-timeout main 2000', 'sentinel parallel-syncs main 1', '',
    ].join('\n'))
    await watcher.startSentinel(file)
    watchers.push(watcher)
  }
  const knows = async ({ port }: RedisProcess) => /num-other-sentinels\r\n\$1\r\n2/.test(await redisCommand(port, 'SENTINEL', 'MASTERS')) && (await redisCommand(port, 'SENTINEL', 'REPLICAS', 'main')).includes(String(replica.port))
  await until('the Sentinels', async () => (await Promise.all(watchers.map(knows))).every(Boolean))
  return {
    sentinels: watchers.map(({ port }) => ({ host: '127.0.0.1', port })),
    masterName: 'main',
    master,
    replica,
    async stop() {
      for (const server of [...watchers, replica, master]) await server.stop()
    },
  }
}

export interface RedisCluster {
  readonly nodes: { host: string; port: number }[]
  readonly masters: RedisProcess[]
  stop(): Promise<void>
}

/** Three masters, a third of the slots each, no replicas. */
export async function startCluster(...settings: string[]): Promise<RedisCluster> {
  const masters: RedisProcess[] = []
  const buses: number[] = []
  for (let index = 0; index < 3; index++) {
    const bus = await freePort()
    masters.push(await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '2000', '--cluster-require-full-coverage', 'no', ...settings))
    buses.push(bus)
  }
  for (const [index, bounds] of [['0', '5460'], ['5461', '10922'], ['10923', '16383']].entries()) await masters[index]!.command('CLUSTER', 'ADDSLOTSRANGE', ...bounds)
  for (const index of [1, 2]) await masters[0]!.command('CLUSTER', 'MEET', '127.0.0.1', String(masters[index]!.port), String(buses[index]))
  const whole = async (server: RedisProcess) => {
    const info = await server.command('CLUSTER', 'INFO')
    return info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384')
  }
  await until('the Cluster', async () => (await Promise.all(masters.map(whole))).every(Boolean))
  return {
    nodes: masters.map(({ port }) => ({ host: '127.0.0.1', port })),
    masters,
    async stop() {
      for (const server of masters) await server.stop()
    },
  }
}
