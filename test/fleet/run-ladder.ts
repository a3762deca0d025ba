// The ladder of what may be away: Redis, Kafka, the learners, and a cold start with nothing learned. For each rung, /recommend under an open-loop
// load while the fault lasts: success, correct propensities, marks; then how long until a new reward is visible again.
// node --conditions=source --import tsx test/fleet/run-ladder.ts [--seconds 15] [--rate 300] [--json file]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bodies, catalog, placement } from '../bench/recommend-bodies.ts'
import { startKafka } from '../services/kafka.ts'
import { startRedis } from '../services/redis.ts'
import { startForage, type Command } from './commands.ts'
import { startLoad } from './load.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '15' }, rate: { type: 'string', default: '300' }, json: { type: 'string' } } })
const [seconds, rate] = [Number(values.seconds), Number(values.rate)]
const kafka = await startKafka('the ladder')
if (kafka === null || kafka.own === null) throw new Error('needs a Kafka of its own')
const { own } = kafka
const redis = await startRedis('--appendonly', 'yes')
const folder = mkdtempSync(join(tmpdir(), 'forage-ladder-'))
const env = { FORAGE_KAFKA_BROKERS: kafka.brokers.join(','), FORAGE_REDIS_URL: redis.url, LOG_LEVEL: 'silent' }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const say = (text: string) => process.stderr.write(`${text}\n`)
const send = async (method: string, url: string, body?: string) => {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body }) })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

let replicas: Command[] = []
let learners: Command[] = []
const urls = () => replicas.map(({ url }) => url)
const startReplicas = async () => void (replicas = await Promise.all([0, 1].map((number) => startForage(['serve', '--data', join(folder, String(number))], env))))
const startLearners = async () => void (learners = await Promise.all([0, 1].map(() => startForage(['learn'], env))))
const define = async () => {
  await send('PUT', `${urls()[0]!}/api/placements/bench`, JSON.stringify({ ...placement, reward: { expression: 'click', windowSeconds: 5, horizonSeconds: 60 } }))
  await send('PUT', `${urls()[0]!}/api/placements/bench/items`, JSON.stringify(catalog))
  for (const url of urls()) while (!(await fetch(`${url}/api/placements/bench/items`)).ok) await pause(50)
}

/** Milliseconds until a reward that is sent from now on is in every replica's snapshot; sent again until it is. */
async function recovered(): Promise<number> {
  const start = performance.now()
  for (;;) {
    try {
      const { decisionId, logged } = (await send('POST', `${urls()[0]!}/recommend`, bodies['catalog ids'])) as { decisionId: string; logged: boolean }
      const { results } = (await send('POST', `${urls()[1]!}/feedback`, JSON.stringify({ decisionId, event: 'click', value: 1, final: true }))) as { results: { position?: string }[] }
      const position = results[0]!.position
      if (logged && position !== undefined) {
        const seen = await Promise.all(urls().map((url) => send('GET', `${url}/api/learning/wait?position=${position}&timeoutMs=60000&hurry=false`)))
        if (seen.every((answer) => (answer as { learned: boolean }).learned)) return Math.round(performance.now() - start)
      }
    } catch {
      // not yet
    }
    await pause(20)
  }
}

/** Explained decisions: every candidate has a probability, they sum to 1, and none is below the floor's share. */
function startProbe(): () => Promise<{ asked: number; wrong: number }> {
  const state = { asked: 0, wrong: 0, on: true }
  const body = JSON.stringify({ ...(JSON.parse(bodies['catalog ids']) as object), explain: true })
  const running = (async () => {
    while (state.on) {
      try {
        const { explanation, items } = (await send('POST', `${urls()[state.asked % 2]!}/recommend`, body)) as { explanation: { id: string; probability: number }[]; items: { id: string; propensity: number }[] }
        const sum = explanation.reduce((total, { probability }) => total + probability, 0)
        const own = explanation.find(({ id }) => id === items[0]!.id)!.probability
        const least = 0.02 / explanation.length
        if (Math.abs(sum - 1) > 1e-9 || own !== items[0]!.propensity || explanation.some(({ probability }) => probability < least * (1 - 1e-9))) state.wrong += 1
      } catch {
        // the load counts failures
      }
      state.asked += 1
      await pause(50)
    }
  })()
  return async () => {
    state.on = false
    await running
    return { asked: state.asked, wrong: state.wrong }
  }
}

interface Rung {
  readonly name: string
  begin(): Promise<void>
  end(): Promise<void>
}
const rungs: readonly Rung[] = [
  { name: 'nothing away', begin: async () => {}, end: async () => {} },
  { name: 'Redis away', begin: () => redis.kill(), end: () => redis.start() },
  { name: 'Kafka away', begin: () => own.kill(), end: () => own.restart() },
  { name: 'learners away', begin: async () => void (await Promise.all(learners.map((learner) => learner.end('SIGKILL')))), end: startLearners },
  { name: 'everything but the replicas away', begin: async () => void (await Promise.all([redis.kill(), own.kill(), ...learners.map((learner) => learner.end('SIGKILL'))])), end: async () => {
    await Promise.all([redis.start(), own.restart()])
    await startLearners()
  } },
  { name: 'cold start: Redis emptied, replicas started anew, no learner', begin: async () => {
    await Promise.all([...learners, ...replicas].map((command) => command.end('SIGTERM')))
    await redis.command('FLUSHALL')
    await startReplicas()
    await define()
  }, end: startLearners },
]

let ok = true
const results = []
try {
  await startLearners()
  await startReplicas()
  await define()
  await recovered()
  for (const { name, begin, end } of rungs) {
    await begin()
    const load = startLoad({ urls, body: bodies['catalog ids'], ratePerSecond: rate, feedback: 0.05, seed: name })
    const stopProbe = startProbe()
    await pause(seconds * 1000)
    const probe = await stopProbe()
    const { counts, latencies } = load.take()
    await end()
    const recoveryMs = await recovered()
    await load.stop()
    latencies.sort((a, b) => a - b)
    const success = counts.answered / Object.values(counts.outcomes).reduce((sum, count) => sum + count, 0)
    const row = {
      rung: name, requests: counts.sent, success, wrong: counts.wrong, explained: probe.asked, explainedWrong: probe.wrong, unlogged: counts.unlogged, degraded: counts.degraded, feedback: counts.feedbackOutcomes,
      p50: Math.round(latencies[latencies.length >> 1]! * 10) / 10, p99: Math.round(latencies[Math.floor(0.99 * latencies.length)]! * 10) / 10, recoveryMs,
    }
    results.push(row)
    say(JSON.stringify(row))
    ok &&= success >= 0.999 && counts.wrong === 0 && probe.wrong === 0
  }
} finally {
  for (const command of [...replicas, ...learners]) if (command.child.exitCode === null && command.child.signalCode === null) await command.end('SIGTERM')
  await redis.stop()
  await kafka.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(JSON.stringify({ rate, seconds, results, ok }))
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rate, seconds, results, ok }, null, 2)}\n`)
process.exit(ok ? 0 : 1)
