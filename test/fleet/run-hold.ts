// Load held: a fleet (2 replicas, a learner, Kafka, Redis) at 0.7 of its capacity, one fault every minute. No 5xx on /recommend, memory flat, every
// acknowledged feedback learned once, the served posterior equal to a fold of the log. Prints progress, then one JSON line; exit 1 when not.
// node --conditions=source --import tsx test/fleet/run-hold.ts [--minutes 10] [--share 0.7] [--rate n] [--seed 1] [--json file]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { catalog, bodies, placement } from '../bench/recommend-bodies.ts'
import { startKafka } from '../services/kafka.ts'
import { startRedis } from '../services/redis.ts'
import { runForage, startForage, type Command } from './commands.ts'
import { capacity, startLoad, type LoadCounts } from './load.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, share: { type: 'string', default: '0.7' }, rate: { type: 'string' }, seed: { type: 'string', default: '1' }, json: { type: 'string' } } })
const [minutes, share] = [Number(values.minutes), Number(values.share)]
const FAULT_AFTER_MS = 15_000
const SAMPLE_MS = 10_000

const kafka = await startKafka('load held with faults')
if (kafka === null || kafka.own === null) throw new Error('needs a Kafka of its own')
const { own } = kafka
const redis = await startRedis('--appendonly', 'yes')
const folder = mkdtempSync(join(tmpdir(), 'forage-hold-'))
const env = { FORAGE_KAFKA_BROKERS: kafka.brokers.join(','), FORAGE_REDIS_URL: redis.url }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const say = (text: string) => process.stderr.write(`${text}\n`)
const put = async (url: string, path: string, value: unknown) => {
  const answer = await fetch(url + path, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
  if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`)
}
const megabytes = (command: Command) => {
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${command.child.pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(rss) / 1024)
}

let learner = await startForage(['learn'], env)
const replicas = [await startForage(['serve', '--data', join(folder, '0')], env), await startForage(['serve', '--data', join(folder, '1')], env)]
const urls = () => replicas.map(({ url }) => url)
await put(urls()[0]!, '/api/placements/bench', { ...placement, reward: { expression: 'click', windowSeconds: 5, horizonSeconds: 60 } })
await put(urls()[0]!, '/api/placements/bench/items', catalog)
await pause(3000)

const faults: readonly [name: string, inject: () => Promise<void>][] = [
  ['learner kill -9', async () => {
    await learner.end('SIGKILL')
    learner = await startForage(['learn'], env)
  }],
  ['Redis kill -9, back after 2 s', async () => {
    await redis.kill()
    await pause(2000)
    await redis.start()
  }],
  ['Kafka kill -9, back after 3 s', async () => {
    await own.kill()
    await pause(3000)
    await own.restart()
  }],
  ['learner frozen for 8 s', async () => {
    learner.child.kill('SIGSTOP')
    await pause(8000)
    learner.child.kill('SIGCONT')
  }],
  ['a replica restarted (SIGTERM)', async () => {
    const [old] = replicas.splice(0, 1)
    await old!.end('SIGTERM')
    replicas.push(await startForage(['serve', '--data', join(folder, String(replicas.length + Math.floor(performance.now())))], env))
  }],
  ['Redis loses everything (FLUSHALL)', async () => void (await redis.command('FLUSHALL'))],
  ['a second learner joins for 10 s', async () => {
    const second = await startForage(['learn'], env)
    await pause(10_000)
    await second.end('SIGTERM')
  }],
  ['a checkpoint damaged in Redis', async () => void (await redis.command('HSET', 'forage:{checkpoint:learner:2}:state', 'f:state', 'damaged'))],
  ['learner SIGTERM, the next after 5 s', async () => {
    await learner.end('SIGTERM')
    await pause(5000)
    learner = await startForage(['learn'], env)
  }],
  ['Redis kill -9 and Kafka kill -9 at once', async () => {
    await Promise.all([redis.kill(), own.kill()])
    await Promise.all([redis.start(), own.restart()])
  }],
]

interface Row extends LoadCounts {
  readonly minute: number
  readonly fault: string
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly replicas: readonly number[]
  readonly learner: number
}

const body = bodies['catalog ids']
let [ok, exit] = [false, 1]
try {
  const most = await capacity(urls(), body, 32, 10)
  const rate = values.rate === undefined ? share * most : Number(values.rate)
  say(`capacity ${Math.round(most)} requests/s; holding ${Math.round(rate)}/s for ${minutes} minutes`)
  const load = startLoad({ urls, body, ratePerSecond: rate, feedback: 0.05, seed: values.seed })
  const rows: Row[] = []
  const memory: { minute: number; replicas: number[]; learner: number }[] = []
  const sampler = setInterval(() => {
    try {
      memory.push({ minute: rows.length, replicas: replicas.map(megabytes), learner: megabytes(learner) })
    } catch {
      // one of them is being restarted
    }
  }, SAMPLE_MS)
  for (let minute = 0; minute < minutes; minute++) {
    const start = performance.now()
    await pause(FAULT_AFTER_MS)
    const [name, inject] = faults[minute % faults.length]!
    await inject()
    await pause(Math.max(0, 60_000 - (performance.now() - start)))
    const { counts, latencies } = load.take()
    latencies.sort((a, b) => a - b)
    const quantile = (q: number) => Math.round(latencies[Math.floor(q * latencies.length)]! * 10) / 10
    const row = { minute, fault: name, ...counts, p50: quantile(0.5), p99: quantile(0.99), max: quantile(0.99999), replicas: replicas.map(megabytes), learner: megabytes(learner) }
    rows.push(row)
    say(JSON.stringify(row))
  }
  clearInterval(sampler)
  await load.stop()
  const tail = load.take().counts
  const total = (pick: (row: LoadCounts) => number) => [...rows, tail].reduce((sum, row) => sum + pick(row), 0)
  const bad = total(({ outcomes }) => Object.entries(outcomes).reduce((sum, [outcome, count]) => sum + (outcome === '200' ? 0 : count), 0))
  const serverErrors = total(({ outcomes }) => Object.entries(outcomes).reduce((sum, [outcome, count]) => sum + (outcome.startsWith('5') ? count : 0), 0))
  await pause(8000) // the last windows
  let [served, replayed] = [{ digest: '' }, { digest: '', matches: false }]
  for (let attempt = 0; attempt < 5 && !replayed.matches; attempt++) {
    await pause(1000)
    replayed = JSON.parse(runForage(['replay', '--json', '--url', urls()[0]!], env)) as typeof replayed
    // a connection that was kept is closed while the replay blocks this process
    const answer = await fetch(`${urls()[0]!}/api/learning`).catch(() => fetch(`${urls()[0]!}/api/learning`))
    served = (await answer.json()) as typeof served
  }
  const { counters } = served as unknown as { counters: Record<string, number> }
  const accepted = total(({ feedbackAccepted }) => feedbackAccepted)
  const sent = total((row) => row.sent)
  const learned = (counters['feedbackAccepted'] ?? 0)
  ok = serverErrors === 0 && bad / sent <= 0.001 && total(({ wrong }) => wrong) === 0 && replayed.matches && learned >= accepted
  const result = {
    seed: values.seed, capacity: Math.round(most), rate: Math.round(rate), minutes, sent, serverErrors, otherFailures: bad - serverErrors, success: (sent - bad) / sent, unlogged: total(({ unlogged }) => unlogged),
    feedback: { accepted, acceptedUnlogged: total(({ feedbackAcceptedUnlogged }) => feedbackAcceptedUnlogged), learned, duplicates: counters['feedbackDuplicate'], unmatched: counters['feedbackUnmatched'] }, digestEqual: replayed.matches, memory, rows, ok,
  }
  console.log(JSON.stringify(result))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`)
  exit = ok ? 0 : 1
} finally {
  for (const command of [...replicas, learner]) if (command.child.exitCode === null) await command.end('SIGTERM')
  await redis.stop()
  await kafka.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(exit)
