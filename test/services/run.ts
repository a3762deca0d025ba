// Redis and Kafka for development, until Ctrl-C: `npm run services`. Their data stays in a folder.
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { dockerLacks, kafkaImage, REDIS_IMAGE } from './docker.ts'
import { KAFKA_VERSION } from './kafka.ts'
import { startKafkaContainer } from './kafka-container.ts'
import { KafkaProcess } from './kafka-process.ts'
import { freePort, freePorts, isFree } from './ports.ts'
import { startRedisContainer } from './redis-container.ts'
import { hasRedisBinary, RedisProcess } from './redis-process.ts'
import { firstLine } from './services.ts'

const USAGE = `npm run services -- [--data FOLDER] [--free] [--kafka-version ${KAFKA_VERSION}]

Starts Redis (append-only file, no eviction) on port 6379 and Kafka on 9092, and stops both on Ctrl-C.
  --data FOLDER   where their data is kept (default ./data/services)
  --free          any free ports instead
Each is taken from this machine (redis-server; Java 17 or later, Maven once), else from Docker.`

interface Running {
  readonly what: string
  readonly variable: string
  /** Resolves when it ends by itself; null when that cannot be seen. */
  readonly ended: Promise<void> | null
  stop(): Promise<void>
}

class Refusal extends Error {}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: 'data/services' },
      free: { type: 'boolean', default: false },
      'kafka-version': { type: 'string', default: KAFKA_VERSION },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return void console.log(USAGE)
  const asked = new Promise<void>((hear) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => hear())
  })
  const folder = resolve(values.data)
  mkdirSync(folder, { recursive: true })
  const running: Running[] = []
  try {
    running.push(await redis(join(folder, 'redis'), await choosePort('Redis', 6379, values.free)))
    running.push(await kafka(join(folder, 'kafka'), await choosePort('Kafka', 9092, values.free), values['kafka-version']))
    console.log(`\n${running.map(({ what }) => what).join('\n')}\nData: ${folder}. Paste this where \`forage serve\` and \`forage learn\` run:\n`)
    console.log(`${running.map(({ variable }) => `export ${variable}`).join('\n')}\n\nCtrl-C stops both.`)
    const died = running.flatMap(({ what, ended }) => (ended === null ? [] : [ended.then(() => what)]))
    const what = await Promise.race([asked, ...died])
    if (what !== undefined) throw new Refusal(`${what} ended by itself`)
  } finally {
    for (const service of running.toReversed()) await service.stop()
  }
  console.log('Stopped.')
}

async function choosePort(name: string, port: number, free: boolean): Promise<number> {
  if (free) return freePort()
  if (await isFree(port)) return port
  throw new Refusal(`port ${port} is taken: ${name} may run already. Use that one, stop it, or choose other ports with --free`)
}

async function redis(folder: string, port: number): Promise<Running> {
  const variable = `FORAGE_REDIS_URL=redis://127.0.0.1:${port}`
  if (hasRedisBinary()) {
    mkdirSync(folder, { recursive: true })
    const server = new RedisProcess(port, ['--maxmemory-policy', 'noeviction'], folder)
    await server.start()
    return { what: `Redis at 127.0.0.1:${port}`, variable, ended: server.ended(), stop: () => server.shutDown() }
  }
  const lacks = dockerLacks(REDIS_IMAGE, true)
  const remedy = 'Install it (Debian: apt-get install redis-server; macOS: brew install redis), or start Docker'
  if (lacks !== null) throw new Refusal(`no Redis: no redis-server command, and ${lacks}. ${remedy}`)
  const { stop } = await startRedisContainer({ port, volume: 'forage-services-redis' })
  return { what: `Redis in Docker at 127.0.0.1:${port}, its data in the volume forage-services-redis`, variable, ended: null, stop }
}

async function kafka(folder: string, port: number, version: string): Promise<Running> {
  const variable = `FORAGE_KAFKA_BROKERS=127.0.0.1:${port}`
  if (!existsSync(join(folder, 'data'))) console.log(`Kafka ${version}: the first start of a version may download it, which takes a minute`)
  const [controller = 0, to = 0, advertised = 0, sasl = 0] = await freePorts(4)
  let broker: KafkaProcess
  try {
    broker = await KafkaProcess.prepare(version, true, folder, { port, controller, to, advertised, sasl })
  } catch (error) {
    const lacks = dockerLacks(kafkaImage(version), true)
    const remedy = 'Install Java 17 and Maven (Debian: apt-get install openjdk-17-jre-headless maven), or start Docker'
    if (lacks !== null) throw new Refusal(`no Kafka: ${firstLine(error)}; ${lacks}. ${remedy}`)
    const { what, stop } = await startKafkaContainer(version, { port, volume: 'forage-services-kafka' })
    return { what: `${what}, its data in the volume forage-services-kafka`, variable, ended: null, stop }
  }
  try {
    await broker.start()
  } catch (error) {
    await broker.kill()
    throw error
  }
  return { what: `Kafka ${version} at 127.0.0.1:${port}`, variable, ended: broker.ended(), stop: () => broker.stop() }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Refusal || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? firstLine(error) : error)
  process.exitCode = 1
}
