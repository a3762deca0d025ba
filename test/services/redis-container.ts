import { REDIS_IMAGE, startContainer } from './docker.ts'
import { freePort } from './ports.ts'
import { redisCommand, until } from './redis-process.ts'

export interface RedisForTests {
  readonly url: string
  stop(): Promise<void>
}

/** `port`: of this machine, a free one by default; `volume`: of Docker, keeps its data: a folder of this machine would have the wrong owner. */
export async function startRedisContainer({ port, volume }: { port?: number; volume?: string } = {}): Promise<RedisForTests> {
  const here = port ?? (await freePort())
  const command = ['redis-server', '--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction']
  const kept = volume === undefined ? {} : { volume: [volume, '/data'] as const }
  const container = await startContainer(REDIS_IMAGE, { ports: new Map([[here, 6379]]), command, ...kept })
  try {
    await until('Redis in Docker', async () => (await redisCommand(here, 'PING')).startsWith('+PONG'), 60_000)
  } catch (error) {
    await container.stop()
    throw error
  }
  return { url: `redis://127.0.0.1:${here}`, stop: () => container.stop() }
}
