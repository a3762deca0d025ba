import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@forage/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startKafka, type KafkaService } from '../services/kafka.ts'
import { freePort } from '../services/ports.ts'
import { anyRedis, describeWithRedis } from '../services/redis.ts'
import { runForage, startForage, type Command } from './commands.ts'

const kafka: KafkaService | null = await startKafka('a fleet of commands')
const candidates = ['a', 'b', 'c'].map((id) => ({ id }))

describeWithRedis('a fleet', 'server', () => {
  let redis: Awaited<ReturnType<typeof anyRedis>>
  let env: Record<string, string>
  const folder = mkdtempSync(join(tmpdir(), 'forage-fleet-'))
  const running: Command[] = []
  const start = async (...args: string[]): Promise<Command> => {
    const command = await startForage(args, env)
    running.push(command)
    return command
  }
  beforeAll(async () => {
    redis = await anyRedis()
    const topic = `fleet-${randomUUID()}`
    env = { FORAGE_KAFKA_BROKERS: kafka?.brokers.join(',') ?? '', FORAGE_KAFKA_TOPIC: topic, FORAGE_REDIS_URL: redis.url, FORAGE_REDIS_PREFIX: `${topic}:`, FORAGE_REDIS_ALLOW_NO_AOF: 'true', FORAGE_LEARNER_LIFE_MS: '1000', FORAGE_PARTITIONS: '4' }
  })
  afterAll(async () => {
    for (const command of running) if (command.child.exitCode === null && command.child.signalCode === null) await command.end('SIGKILL')
    await redis.stop()
    await kafka?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it.skipIf(kafka === null)('decides anywhere, learns elsewhere, and serves the same everywhere; learners come and go, workers are replaced', async () => {
    const learner = await start('learn')
    const one = await start('serve', '--data', join(folder, 'one'))
    const two = await start('serve', '--workers', '2', '--port', String(await freePort()), '--data', join(folder, 'two'))
    const [first, second] = [createClient({ url: one.url }), createClient({ url: two.url })]
    await first.putPlacement('home', { policy: { name: 'linear-thompson', model: 'disjoint' }, reward: { expression: 'click', windowSeconds: 600 } })
    const known = async () => (await fetch(`${two.url}/api/placements/home`)).ok
    for (let seen = 0; seen < 20; ) seen = (await known()) ? seen + 1 : 0 // both workers, whichever answers

    const round = async (number: number) => {
      const decisionId = `d-${number}`
      const request = { placement: 'home', decisionId, context: { n: number % 3 }, candidates }
      const decided = await first.recommend(request)
      const again = await second.recommend(request)
      expect(again.items).toEqual(decided.items)
      const { position } = await second.feedback({ decisionId, event: 'click', value: number % 2, final: true })
      return position!
    }
    const positions = []
    for (let number = 0; number < 20; number++) positions.push(await round(number))
    for (const url of [one.url, two.url, two.url]) for (const position of positions) expect(await (await fetch(`${url}/api/learning/wait?position=${position}`)).json()).toMatchObject({ learned: true })
    const served = await first.learning()
    expect(served.counters).toMatchObject({ matured: 20, feedbackAccepted: 20, decisionsDuplicate: 0 })
    expect((await second.learning()).digest).toBe(served.digest)
    const replayed = JSON.parse(runForage(['replay', '--json', '--verify-decisions', 'all'], env)) as { digest: string; matches: boolean; audit: { verified: number; mismatches: number } }
    expect(replayed).toMatchObject({ digest: served.digest, matches: true, audit: { verified: 20, mismatches: 0 } })
    const metrics = await (await fetch(`${two.url}/metrics`)).text()
    expect(metrics).toContain('feedback_received_total{outcome="accepted"} 20')

    await learner.end('SIGKILL')
    const next = await start('learn')
    const late = await round(20)
    for (const url of [one.url, two.url]) expect(await (await fetch(`${url}/api/learning/wait?position=${late}&timeoutMs=20000`)).json()).toMatchObject({ learned: true })
    expect((await first.learning()).counters).toMatchObject({ matured: 21 })
    expect(await (await fetch(`${next.url}/readyz`)).json()).toMatchObject({ status: 'ready', members: 1, owned: [0, 1, 2, 3] })

    const workers = () => spawnSync('pgrep', ['-P', String(two.child.pid)], { encoding: 'utf8' }).stdout.trim().split('\n').map(Number)
    const before = workers()
    for (const worker of before) process.kill(worker, 'SIGKILL')
    await expect.poll(workers, { timeout: 10_000 }).toSatisfy((now: number[]) => now.length === 2 && !now.some((worker) => before.includes(worker)))
    const recommends = () => second.recommend({ placement: 'home', candidates }).then(({ items }) => items.length, () => 0)
    await expect.poll(recommends, { timeout: 20_000 }).toBe(1)

    expect(await Promise.all([next, one, two].map((command) => command.end('SIGTERM')))).toEqual([0, 0, 0])
  }, 120_000)
})
