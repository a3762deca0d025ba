import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, describe, it } from 'vitest'
import { eventLogContract } from '../contract.ts'
import type { EventLog } from '../event-log.ts'
import { startKafka } from '../testing/kafka-service.ts'
import { openKafkaLog, type KafkaLogOptions } from './kafka.ts'

const kafka = await startKafka('the contract of logs, and faults, with the Kafka driver')
const opened: EventLog[] = []

async function open(options: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
  const log = await openKafkaLog({ brokers: kafka!.brokers, topic: `forage-test-${randomUUID()}`, ...options })
  opened.push(log)
  return log
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()))
})
afterAll(() => kafka?.stop())

describe.skipIf(kafka === null)('the Kafka log', () => {
  it.each(Object.entries(eventLogContract))('%s', (_, contract) => contract(({ partitions }) => open({ partitions }), { clock: 'broker' }))
})
