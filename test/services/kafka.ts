import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formattedData, javaArguments, kafkaJars } from './kafka-files.ts'

export interface KafkaService {
  /** What is running, for people. */
  readonly what: string
  readonly brokers: readonly string[]
  /** A broker of ours, which a test may do things to; null for a cluster it was handed. */
  readonly own: null | {
    /** SASL/PLAIN over plain text, user `forage`, password `secret`. */
    readonly sasl: string
    /** Whoever connects to port `to` is told to come back to port `advertised`: put a fault proxy there. */
    readonly proxied: { readonly to: number; readonly advertised: number }
    /** SIGKILL: nothing is flushed, nobody is told. */
    kill(): Promise<void>
    /** Starts it again on what the disk has. */
    restart(): Promise<void>
  }
  stop(): Promise<void>
}

/**
 * A real Kafka for tests, the first of: the cluster named by `FORAGE_TEST_KAFKA` (host:port, comma-separated), or a single broker started here
 * (Java; jars from a cache, which Maven fills when `REQUIRE_SERVICES` names kafka). Without either: says loudly what is not run and gives null; an error when `REQUIRE_SERVICES`
 * names kafka. `FORAGE_TEST_KAFKA_VERSION` picks the version (default 4.1.1).
 */
export async function startKafka(forWhat: string): Promise<KafkaService | null> {
  const given = process.env['FORAGE_TEST_KAFKA']
  if (given) return { what: `Kafka at ${given}`, brokers: given.split(','), own: null, stop: async () => {} }
  const required = (process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('kafka')
  try {
    return await startBroker(process.env['FORAGE_TEST_KAFKA_VERSION'] || '4.1.1', required)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    if (required) throw new Error(`REQUIRE_SERVICES names kafka, but there is none: ${reason}`, { cause })
    process.stderr.write(`\n### SKIP: no Kafka, so not run: ${forWhat} (${reason})\n`)
    return null
  }
}

async function startBroker(version: string, mayFetch: boolean): Promise<KafkaService> {
  const jars = await kafkaJars(version, mayFetch)
  const folder = mkdtempSync(join(tmpdir(), 'forage-kafka-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let child: ChildProcess | null = null
  const killNow = () => {
    child?.kill('SIGKILL')
    remove()
  }
  process.once('exit', killNow)
  try {
    const [port = 0, controller = 0, to = 0, advertised = 0, sasl = 0] = await freePorts(5)
    const [properties, logConfig, data] = [join(folder, 'server.properties'), join(folder, 'log4j'), join(folder, 'data')]
    writeFileSync(properties, serverProperties({ port, controller, to, advertised, sasl, data }))
    writeFileSync(`${logConfig}.properties`, LOG4J)
    writeFileSync(`${logConfig}2.properties`, LOG4J2)
    const template = await formattedData(version, jars, properties, data, logConfig)
    if (!existsSync(data)) cpSync(template, data, { recursive: true })
    const start = async () => {
      child = spawn('java', [...javaArguments(jars, logConfig), 'kafka.Kafka', properties], { stdio: ['ignore', 'pipe', 'pipe'] })
      guard(child.pid!)
      await started(child)
    }
    const kill = async () => {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => void child!.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    await start()
    return {
      what: `Kafka ${version} at 127.0.0.1:${port}`,
      brokers: [`127.0.0.1:${port}`],
      own: { sasl: `127.0.0.1:${sasl}`, proxied: { to, advertised }, kill, restart: start },
      async stop() {
        await kill()
        process.off('exit', killNow)
        remove()
      },
    }
  } catch (error) {
    killNow()
    process.off('exit', killNow)
    throw error
  }
}

/** Kills a process when this one ends, in whatever way: then its end of the pipe closes. */
function guard(pid: number): void {
  const watcher = spawn('sh', ['-c', 'cat; kill -9 "$0"', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'] })
  watcher.unref()
  ;(watcher.stdin as Socket).unref()
}

/** Resolves when the broker says that it serves. */
function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000)
      if (said.includes('Kafka Server started')) resolve()
    }
    child.stdout!.on('data', hear)
    child.stderr!.on('data', hear)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`the broker ended before it served:\n${said.slice(-3000)}`)))
  })
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))))
  return ports
}

function serverProperties({ port, controller, to, advertised, sasl, data }: { port: number; controller: number; to: number; advertised: number; sasl: number; data: string }): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    listeners: `PLAIN://127.0.0.1:${port},PROXIED://127.0.0.1:${to},SASL://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAIN://127.0.0.1:${port},PROXIED://127.0.0.1:${advertised},SASL://127.0.0.1:${sasl}`,
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl.plain.sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required user_forage="secret";',
    'log.dirs': data,
    'broker.session.timeout.ms': 2000, // a killed broker is let in again after this
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'background.threads': 2,
    'log.cleaner.enable': false,
    'log.retention.check.interval.ms': 500,
    'log.segment.bytes': 16 << 20,
    'log.index.size.max.bytes': 1 << 20,
  }).map(([name, value]) => `${name}=${value}\n`).join('')
}

const PATTERN = '%d %p %c %m%n'
const LOG4J2 = `status=error
rootLogger.level=warn
rootLogger.appenderRef.o.ref=O
appender.o.type=Console
appender.o.name=O
appender.o.layout.type=PatternLayout
appender.o.layout.pattern=${PATTERN}
logger.s.name=kafka.server.KafkaRaftServer
logger.s.level=info
`
const LOG4J = `log4j.rootLogger=WARN,O
log4j.appender.O=org.apache.log4j.ConsoleAppender
log4j.appender.O.layout=org.apache.log4j.PatternLayout
log4j.appender.O.layout.ConversionPattern=${PATTERN}
log4j.logger.kafka.server.KafkaRaftServer=INFO
`
