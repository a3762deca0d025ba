import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dockerLacks, kafkaImage } from './docker.ts'
import { startKafkaContainer } from './kafka-container.ts'
import { KafkaProcess } from './kafka-process.ts'
import { freePorts } from './ports.ts'
import { firstLine, isRequired, saySkipped } from './services.ts'

export const KAFKA_VERSION = '4.1.1'

export interface KafkaService {
  /** What is running, for people. */
  readonly what: string
  readonly brokers: readonly string[]
  /** A broker of ours, which a test may do things to; null for a cluster it was handed, or a container. */
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
 * A real Kafka for tests, the first of: the cluster named by `FORAGE_TEST_KAFKA` (host:port, comma-separated); a single broker started here
 * (Java; jars from a cache, which Maven fills when `REQUIRE_SERVICES` names kafka); a Docker container. Without any: says loudly what is not
 * run and gives null; an error when `REQUIRE_SERVICES` names kafka. `FORAGE_TEST_KAFKA_VERSION` picks the version (default 4.1.1).
 */
export async function startKafka(forWhat: string): Promise<KafkaService | null> {
  const given = process.env['FORAGE_TEST_KAFKA']
  if (given) return { what: `Kafka at ${given}`, brokers: given.split(','), own: null, stop: async () => {} }
  const [version, required] = [process.env['FORAGE_TEST_KAFKA_VERSION'] || KAFKA_VERSION, isRequired('kafka')]
  try {
    return await startBroker(version, required)
  } catch (cause) {
    const withoutDocker = dockerLacks(kafkaImage(version), required)
    if (withoutDocker === null) return startKafkaContainer(version)
    const reason = `${firstLine(cause)}; ${withoutDocker}`
    if (required) throw new Error(`REQUIRE_SERVICES names kafka, but there is none: ${reason}`, { cause })
    saySkipped(forWhat, `no Kafka (${reason})`)
    return null
  }
}

async function startBroker(version: string, mayFetch: boolean): Promise<KafkaService> {
  const [port = 0, controller = 0, to = 0, advertised = 0, sasl = 0] = await freePorts(5)
  const folder = mkdtempSync(join(tmpdir(), 'forage-kafka-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  process.once('exit', remove)
  const forget = () => {
    process.off('exit', remove)
    remove()
  }
  try {
    const broker = await KafkaProcess.prepare(version, mayFetch, folder, { port, controller, to, advertised, sasl })
    await broker.start()
    return {
      what: `Kafka ${version} at 127.0.0.1:${port}`,
      brokers: [`127.0.0.1:${port}`],
      own: { sasl: `127.0.0.1:${sasl}`, proxied: { to, advertised }, kill: () => broker.kill(), restart: () => broker.start() },
      async stop() {
        await broker.kill()
        forget()
      },
    }
  } catch (error) {
    forget()
    throw error
  }
}
