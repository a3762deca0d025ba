// Appends and reads per second, and CPU per record, of the Kafka log, with a broker on the same machine. From the root of the repository:
// node --conditions=source --import tsx packages/event-log/bench/kafka.ts
import { openKafkaLog } from '../src/drivers/kafka.ts'
import { startKafka } from '../src/testing/kafka-service.ts'

const kafka = await startKafka('the benchmark')
if (kafka !== null) {
  process.stdout.write(`${kafka.what}\n`)
  const topic = `forage-bench-${Date.now()}`
  const log = await openKafkaLog({ brokers: kafka.brokers, topic, partitions: 4 })
  /** Something like a decision: gzip halves it and more. */
  const valueOf = (bytes: number, index: number) => Buffer.from(JSON.stringify({ v: 1, kind: 'decision', id: `d-${index}`, slate: Array.from({ length: 1000 }, (_, item) => ({ id: `sku-${item}`, p: (index * 31 + item * 17) % 1000 })) }).slice(0, bytes))
  const values = Array.from({ length: 64 }, (_, index) => valueOf(300, index))
  for (const [inFlight, total, patient] of [[1, 300, false], [16, 5000, false], [256, 50_000, false], [4096, 200_000, false], [4096, 200_000, true]] as const) {
    const [start, cpu] = [performance.now(), process.cpuUsage()]
    let sent = 0
    const one = async () => {
      while (sent < total) {
        const number = sent++
        await log.append(number % 4, values[number % 64]!, { patient })
      }
    }
    await Promise.all(Array.from({ length: inFlight }, one))
    const [ms, { user, system }] = [performance.now() - start, process.cpuUsage(cpu)]
    process.stdout.write(`append 300 B, ${inFlight} in flight${patient ? ', patient' : ''}: ${((total / ms) * 1000).toFixed(0)}/s, ${((user + system) / total).toFixed(2)} us CPU, ${((ms * inFlight) / total).toFixed(2)} ms each\n`)
  }
  const reader = await openKafkaLog({ brokers: kafka.brokers, topic })
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  let read = 0
  for (let partition = 0; partition < 4; partition++) {
    const end = await reader.end(partition)
    for (let offset = 0; offset < end; ) {
      const records = await reader.read(partition, offset)
      read += records.length
      offset = records.at(-1)!.offset + 1
    }
  }
  const [ms, { user, system }] = [performance.now() - start, process.cpuUsage(cpu)]
  process.stdout.write(`read ${read}: ${((read / ms) * 1000).toFixed(0)}/s, ${((user + system) / read).toFixed(2)} us CPU\n`)
  const [idle, quiet] = [process.cpuUsage(), performance.now()]
  const unsubscribe = reader.subscribe(0, () => {})
  await new Promise((resolve) => void setTimeout(resolve, 3000))
  const { user: userIdle, system: systemIdle } = process.cpuUsage(idle)
  process.stdout.write(`two idle logs, one subscribed: ${((userIdle + systemIdle) / (performance.now() - quiet)).toFixed(1)} ms CPU a second\n`)
  unsubscribe()
  await Promise.all([log.close(), reader.close()])
  await kafka.stop()
}
