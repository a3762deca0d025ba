// A learner of its own process, for the bench: folds the partitions it is given to their ends, saves, and prints what it took.
import { Session } from 'node:inspector/promises'
import { openKafkaLog } from '@forage/event-log/kafka'
import { runFold } from '@forage/folding'
import { createLearnerFold } from '@forage/learner'
import { openRedisStore } from '@forage/store/redis'
import { profileShares } from './profile-shares.ts'

const [brokers = '', topic = '', redis = '', prefix = '', partitions = ''] = process.argv.slice(2)
const log = await openKafkaLog({ brokers: brokers.split(','), topic })
const store = await openRedisStore({ url: redis, prefix, role: 'learner' })
const own = partitions.split(',').map(Number)
const profiler = process.env['FORAGE_BENCH_PROFILE'] ? new Session() : null
profiler?.connect()
await profiler?.post('Profiler.enable')
await profiler?.post('Profiler.start')
const [begin, cpu] = [performance.now(), process.cpuUsage()]
const onError = (error: unknown, partition: number) => process.stderr.write(`partition ${partition}: ${String(error)}\n`)
const run = runFold({ log, store, fold: createLearnerFold(), partitions: own, checkpoint: { records: 5000, ms: 250 }, onError })
await run.ready
const foldedMs = performance.now() - begin
await run.checkpoint(60_000)
const seconds = (performance.now() - begin) / 1000
const { user, system } = process.cpuUsage(cpu)
const matured = own.reduce((sum, partition) => sum + run.shard(partition)!.counters.matured, 0)
const shares = profiler && Object.entries(profileShares((await profiler.post('Profiler.stop')).profile)).toSorted(([, a], [, b]) => b - a)
const where = shares && Object.fromEntries(shares.map(([what, ms]) => [what, Math.round((ms * 10_000) / matured) / 10]))
const took = { matured, seconds, foldedSeconds: foldedMs / 1000, cpuSeconds: (user + system) / 1e6, gigabytes: process.memoryUsage().rss / 1e9 }
console.log(JSON.stringify({ ...took, ...(where && { where }) }))
await run.stop()
await log.close()
await store.close()
