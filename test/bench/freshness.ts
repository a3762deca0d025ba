import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startForage, type Command } from '../fleet/commands.ts'
import { startKafka } from '../services/kafka.ts'
import { hasRedisBinary } from '../services/redis-process.ts'
import { startRedis } from '../services/redis.ts'
import { catalog, placement } from './recommend-bodies.ts'

export interface Freshness {
  readonly replicas: number
  readonly samples: number
  /** Requests a second beside the samples, each a decision with feedback. */
  readonly background: number
  /** Milliseconds from the 202 until every replica decides with it, and from sending the feedback. */
  readonly accepted: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly sent: { readonly p50: number; readonly p99: number; readonly max: number }
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/**
 * How soon a reward is in what every replica decides with: feedback to one of them, through Kafka, a learner, Redis, into the snapshots of all.
 * The replicas are asked by requests that wait as long as any other and hurry nothing. Null, loudly, without the services.
 */
export async function benchFreshness({ samples, background }: { samples: number; background: number }): Promise<Freshness | null> {
  const kafka = await startKafka('the freshness benchmark')
  if (kafka === null || !hasRedisBinary()) {
    process.stderr.write('### SKIP: the freshness benchmark needs Kafka and redis-server\n')
    return null
  }
  const redis = await startRedis('--appendonly', 'yes')
  const folder = mkdtempSync(join(tmpdir(), 'forage-fresh-'))
  const running: Command[] = []
  try {
    const env = { FORAGE_KAFKA_BROKERS: kafka.brokers.join(','), FORAGE_REDIS_URL: redis.url }
    running.push(await startForage(['learn'], env))
    const replicas: Command[] = []
    for (let number = 0; number < 3; number++) replicas.push(await startForage(['serve', '--data', join(folder, `${number}`)], env))
    running.push(...replicas)
    const urls = replicas.map(({ url }) => url)
    await call('PUT', `${urls[0]}/api/placements/bench`, { ...placement, reward: { expression: 'click', windowSeconds: 600 } })
    await call('PUT', `${urls[0]}/api/placements/bench/items`, catalog)
    for (const url of urls) while ((await call('GET', `${url}/api/placements/bench/items`).catch(() => null)) === null) await new Promise((resolve) => setTimeout(resolve, 50))
    const sample = async (number: number): Promise<[accepted: number, sent: number]> => {
      const { decisionId } = (await call('POST', `${urls[number % 3]}/recommend`, body)) as { decisionId: string }
      const sent = performance.now()
      const { results } = (await call('POST', `${urls[(number + 1) % 3]}/feedback`, { decisionId, event: 'click', value: number % 2, final: true })) as { results: { position: string }[] }
      const accepted = performance.now()
      const seen = await Promise.all(urls.map((url) => call('GET', `${url}/api/learning/wait?position=${results[0]!.position}&timeoutMs=30000&hurry=false`)))
      if (!seen.every((answer) => (answer as { learned: boolean }).learned)) throw new Error('not learned within 30 s')
      return [performance.now() - accepted, performance.now() - sent]
    }
    for (let number = 0; number < 20; number++) await sample(number) // connections and code are warm
    const stop = startBackground(urls, background)
    const times: [number, number][] = []
    for (let number = 0; number < samples; number++) times.push(await sample(number))
    await stop()
    return { replicas: 3, samples, background, accepted: quantiles(times.map(([accepted]) => accepted)), sent: quantiles(times.map(([, sent]) => sent)) }
  } finally {
    await Promise.all(running.map((command) => command.end('SIGTERM')))
    await redis.stop()
    await kafka.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const body = { placement: 'bench', userId: 'u-42', context: { device: 'mobile', hour: '20', returning: true }, candidates: catalog.items.map(({ id }) => ({ id })) }

/** Decisions with feedback, evenly, to all replicas. */
function startBackground(urls: readonly string[], perSecond: number): () => Promise<void> {
  if (perSecond === 0) return async () => {}
  let number = 0
  const under = new Set<Promise<unknown>>()
  const timer = setInterval(() => {
    const url = urls[number++ % urls.length]!
    const one = call('POST', `${url}/recommend`, body)
      .then((answer) => call('POST', `${url}/feedback`, { decisionId: (answer as { decisionId: string }).decisionId, event: 'click', value: number % 2, final: true }))
      .catch(() => {})
      .finally(() => under.delete(one))
    under.add(one)
  }, 1000 / perSecond)
  return async () => {
    clearInterval(timer)
    await Promise.all(under)
  }
}

function quantiles(times: readonly number[]): { p50: number; p99: number; max: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]! * 10) / 10
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

function call(method: string, url: string, content?: unknown): Promise<unknown> {
  const bytes = content === undefined ? undefined : JSON.stringify(content)
  return new Promise((resolve, reject) => {
    const headers = bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }
    const outgoing = request(url, { method, agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => ((response.statusCode ?? 500) < 300 ? resolve(text === '' ? null : JSON.parse(text)) : reject(new Error(`${method} ${url}: ${response.statusCode} ${text.slice(0, 300)}`))))
    })
    outgoing.once('error', reject).end(bytes)
  })
}
