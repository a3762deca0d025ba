// Is what an embedded server learns the same, bit for bit, as what learners on Kafka and Redis make of the same traffic, however many they are
// and into however many partitions it is cut? Prints one JSON line; exit 1 when not.
// node --conditions=source --import tsx test/fleet/run-same-bits.ts [--rounds 20000]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '../services/kafka.ts'
import { startRedis } from '../services/redis.ts'
import { recordTraffic } from './recorded-traffic.ts'
import { learnInFleet } from './same-bits.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20000' }, 'data-sets': { type: 'string', default: process.env['FORAGE_DATA_SETS'] ?? join(import.meta.dirname, '../../../shared/data') } },
})
const FLEETS = [[1, 1], [8, 1], [8, 2], [8, 4], [3, 2], [13, 4]] as const

const folder = mkdtempSync(join(tmpdir(), 'forage-same-bits-'))
const kafka = await startKafka('the same traffic in a fleet')
if (kafka === null) process.exit(1)
const redis = await startRedis('--appendonly', 'yes')
try {
  const { records, digest } = await recordTraffic({ folder, dataSet: 'statlog', path: join(values['data-sets'], 'statlog-shuttle/shuttle.csv'), rounds: Number(values.rounds) })
  const fleets = []
  for (const [partitions, learners] of FLEETS) {
    const learned = await learnInFleet({ brokers: kafka.brokers, redis: redis.url }, records, partitions, learners)
    fleets.push({ partitions, learners, ...learned, same: learned.digest === digest })
  }
  const ok = fleets.every(({ same }) => same)
  console.log(JSON.stringify({ rounds: Number(values.rounds), records: records.length, embedded: digest, fleets, ok }))
  process.exitCode = ok ? 0 : 1
} finally {
  await redis.stop()
  await kafka.stop()
  rmSync(folder, { recursive: true, force: true })
}
