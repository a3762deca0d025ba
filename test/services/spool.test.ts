import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { EventLog } from '@forage/event-log'
import { openKafkaLog } from '@forage/event-log/kafka'
import { openSpool } from '@forage/event-log/spool'
import { readConfig, startServer, type RunningServer } from '@forage/server'
import { createMemoryStore } from '@forage/store/memory'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { faultProxy, type FaultProxy } from './fault-proxy.ts'
import { startKafka } from './kafka.ts'

const kafka = await startKafka('feedback and decisions while Kafka is away')
const topic = () => `forage-test-${randomUUID()}`
let folder: string
const closing: { close(): Promise<void> }[] = []

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'forage-spool-'))))
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close()
  rmSync(folder, { recursive: true, force: true })
})
afterAll(() => kafka?.stop())

const placement = { policy: { name: 'uniform' }, encoder: { kind: 'declared', fields: [{ name: 'price', from: 'item', type: 'numeric', mean: 0, sd: 1 }] } }

async function post<T>(server: RunningServer, path: string, body: unknown, method: 'POST' | 'PUT' = 'POST'): Promise<{ status: number; body: T }> {
  const response = await fetch(server.url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as T }
}

interface Decision { readonly decisionId: string; readonly logged: boolean; readonly degraded: readonly string[] }
interface Reply { readonly results: readonly { readonly feedbackId: string; readonly status: string; readonly spooled?: true }[] }

async function serve(log: EventLog): Promise<RunningServer> {
  const server = await startServer(readConfig({}, { port: 0, dataDir: folder, logLevel: 'silent' }), { drivers: { log, store: createMemoryStore(), spool: openSpool({ path: join(folder, 'spool') }) } })
  closing.unshift(server)
  expect((await post(server, '/api/placements/p', placement, 'PUT')).status).toBe(201)
  return server
}

const recommend = async (server: RunningServer) => (await post<Decision>(server, '/recommend', { placement: 'p', candidates: [{ id: 'a' }, { id: 'b' }], timeoutMs: 50 })).body

/** The ids of one kind of record, in the log's order. */
async function logged(log: EventLog, kind: 'feedback' | 'decision'): Promise<string[]> {
  const ids: string[] = []
  for (let partition = 0; partition < log.partitions; partition++) {
    for (let next = 0, end = await log.end(partition); next < end; ) {
      for (const { offset, value } of await log.read(partition, next)) {
        const record = JSON.parse(Buffer.from(value).toString().split('\n')[0]!) as { kind: string; id?: string; feedbackId?: string }
        if (record.kind === kind) ids.push((record.id ?? record.feedbackId)!)
        next = offset + 1
      }
    }
  }
  return ids
}

/** Customers who never rest: each decides, then sends feedback on it and waits for the answer. */
function customers(server: RunningServer, count: number) {
  const state = { stopped: false }
  const [accepted, decided]: [string[], Decision[]] = [[], []]
  const tally = { direct: 0, spooled: 0, refused: 0, slowest: 0 }
  const customer = async () => {
    while (!state.stopped) {
      const start = performance.now()
      const decision = await recommend(server)
      tally.slowest = Math.max(tally.slowest, performance.now() - start)
      decided.push(decision)
      const feedbackId = randomUUID()
      const { status, body } = await post<Reply>(server, '/feedback', { decisionId: decision.decisionId, event: 'click', feedbackId })
      if (status === 202) accepted.push(feedbackId)
      if (status !== 202) tally.refused += 1
      else if (body.results[0]!.spooled === true) tally.spooled += 1
      else tally.direct += 1
      await pause(5)
    }
  }
  const all = Promise.all(Array.from({ length: count }, customer))
  return { accepted, decided, tally, stop: () => ((state.stopped = true), all) }
}

describe.skipIf(!kafka?.own)('while Kafka is away', () => {
  it.each(['silent', 'refusing'] as const)('every feedback that was accepted is in the log afterwards, over 5 s of a %s link', { timeout: 90_000 }, async (how) => {
    const { to, advertised } = kafka!.own!.proxied
    let link: FaultProxy = await faultProxy({ port: advertised, to })
    closing.push({ close: () => link.close() })
    const name = topic()
    const log = await openKafkaLog({ brokers: [`127.0.0.1:${advertised}`], topic: name, partitions: 2, requestTimeoutMs: 1000 })
    const server = await serve(log)
    const { accepted, decided, tally, stop } = customers(server, 8)
    await pause(1000)
    if (how === 'silent') link.hold(true)
    else await link.close()
    await pause(5000)
    if (how === 'silent') link.hold(false)
    else link = await faultProxy({ port: advertised, to })
    await expect.poll(() => server.runtime.spool!.records, { timeout: 20_000 }).toBe(0)
    const { direct } = tally
    await expect.poll(() => tally.direct, { timeout: 10_000 }).toBeGreaterThan(direct)
    await stop()
    expect(tally).toMatchObject({ refused: 0 })
    expect(tally.spooled).toBeGreaterThan(50)
    const [feedback, decisions] = [new Set(await logged(log, 'feedback')), new Set(await logged(log, 'decision'))]
    expect(accepted.filter((id) => !feedback.has(id))).toEqual([])
    expect(decided.filter((one) => one.logged && one.degraded.length === 0 && !decisions.has(one.decisionId))).toEqual([])
    expect(decided.some((one) => !one.logged && one.degraded.includes('log'))).toBe(true)
    expect(tally.slowest).toBeLessThan(1000)
  })

  it('appends are acknowledged within 2 s after a killed broker is back', { timeout: 90_000 }, async () => {
    const log = await openKafkaLog({ brokers: kafka!.brokers, topic: topic(), requestTimeoutMs: 1000 })
    const server = await serve(log)
    await kafka!.own!.kill()
    for (const until = performance.now() + 4000; performance.now() < until; await pause(20)) await recommend(server)
    const { decisionId, logged: isLogged } = await recommend(server)
    expect(isLogged).toBe(false)
    const feedback = await post<Reply>(server, '/feedback', { decisionId, event: 'click', feedbackId: 'f-1' })
    expect(feedback).toMatchObject({ status: 202, body: { results: [{ status: 'accepted', spooled: true }] } })
    await kafka!.own!.restart() // resolves when it accepts connections
    const back = performance.now()
    await expect.poll(() => server.runtime.spool!.records, { timeout: 20_000, interval: 10 }).toBe(0)
    const tookMs = performance.now() - back
    expect(tookMs).toBeLessThan(2500)
    expect(await logged(log, 'feedback')).toContain('f-1')
    await expect.poll(async () => (await recommend(server)).logged, { timeout: 5000 }).toBe(true)
  })
})
