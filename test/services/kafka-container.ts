import { connect } from 'node:net'
import { kafkaImage, startContainer } from './docker.ts'
import type { KafkaService } from './kafka.ts'
import { freePort } from './ports.ts'
import { until } from './redis-process.ts'

/**
 * A broker in a container. `port`: of this machine, a free one by default; `volume`: of Docker, keeps its data (a folder of this machine would
 * have the wrong owner).
 */
export async function startKafkaContainer(version: string, { port, volume }: { port?: number; volume?: string } = {}): Promise<KafkaService> {
  const here = port ?? (await freePort())
  const container = await startContainer(kafkaImage(version), {
    ports: new Map([[here, here]]), // the same inside, because that is the address it tells its clients
    environment: {
      CLUSTER_ID: 'Rm9yYWdlVGVzdENsdXN0ZQ',
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:29093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: `PLAINTEXT://:${here},CONTROLLER://:29093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${here}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
      KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    },
    ...(volume !== undefined && { volume: [volume, '/var/lib/kafka/data'] as const }),
  })
  try {
    await until(`Kafka ${version} in Docker`, () => answersApiVersions(here), 120_000)
  } catch (error) {
    await container.stop()
    throw error
  }
  return { what: `Kafka ${version} in Docker at 127.0.0.1:${here}`, brokers: [`127.0.0.1:${here}`], own: null, stop: () => container.stop() }
}

/** Docker accepts connections before the broker does, so it is asked something: ApiVersions v0, correlation 1, no client id. */
function answersApiVersions(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').setTimeout(1000)
    const answer = (served: boolean) => {
      socket.destroy()
      resolve(served)
    }
    socket.once('data', () => answer(true)).once('timeout', () => answer(false)).once('error', () => answer(false)).once('close', () => answer(false))
    socket.write(Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]))
  })
}
