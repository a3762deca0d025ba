import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import seedrandom from 'seedrandom'
import { PlacementBody } from '@forage/contracts'
import { readConfig, startServer, type RunningServer } from '@forage/server'
import { afterEach, expect, it } from 'vitest'
import { call } from '../served/serve.ts'

const DECISIONS = 400
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const placement = PlacementBody.parse({
  policy: { name: 'linear-thompson', model: 'disjoint', lambda: 0.5 },
  encoder: { kind: 'declared', fields: [{ name: 'hour', from: 'context', type: 'numeric', mean: 12, sd: 7 }] },
  reward: { expression: 'click + 5 * purchase', range: [-5, 20], windowSeconds: 3600, horizonSeconds: 7200 },
  decisionDurability: 'acknowledged',
})

interface Feedback {
  readonly decisionId: string
  readonly event: string
  readonly value: number
  readonly feedbackId: string
  readonly final: boolean
}

const open = (dataDir: string): Promise<RunningServer> => startServer(readConfig({}, { port: 0, dataDir, logLevel: 'error' }), { placements: { shop: placement } })

/** Decides everything under the prior (so that two servers decide alike), sends the feedback over a restart, and gives the digest. */
async function learnFrom(send: readonly Feedback[]): Promise<{ digest: string; counters: Record<string, number> }> {
  const folder = mkdtempSync(join(tmpdir(), 'forage-duplicates-'))
  folders.push(folder)
  let server = await open(folder)
  for (let index = 0; index < DECISIONS; index++)
    await call(server.url, 'POST', '/recommend', { placement: 'shop', decisionId: `d-${index}`, context: { hour: index % 24 }, candidates: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] })
  const half = send.length >> 1
  await post(server, send.slice(0, half))
  await server.close() // a new process has forgotten which ids it saw: the log must not mind
  server = await open(folder)
  await post(server, send.slice(half))
  for (let index = 0; index < DECISIONS; index++) await call(server.url, 'POST', '/feedback', last(index))
  const { results } = await call<{ results: { position?: string; status: string }[] }>(server.url, 'POST', '/feedback', { ...last(0), feedbackId: 'the end', event: 'ignored' })
  await fetch(`${server.url}/api/learning/wait?position=${results[0]!.position}`)
  const learning = await call<{ digest: string; counters: Record<string, number> }>(server.url, 'GET', '/api/learning', {})
  await server.close()
  return learning
}

const last = (index: number): Feedback => ({ decisionId: `d-${index}`, event: 'click', value: 0, feedbackId: `last-${index}`, final: true })

async function post(server: RunningServer, events: readonly Feedback[]): Promise<void> {
  for (let at = 0; at < events.length; at += 100) await call(server.url, 'POST', '/feedback', { events: events.slice(at, at + 100) })
}

it('learns the same bits when every feedback is sent one to five times in shuffled order', async () => {
  const random = seedrandom('duplicates')
  const once = Array.from({ length: DECISIONS }, (_, index): Feedback[] => [
    { decisionId: `d-${index}`, event: 'click', value: index % 3 === 0 ? 1 : 0, feedbackId: `c-${index}`, final: false },
    { decisionId: `d-${index}`, event: 'purchase', value: ((index % 7) - 3) / 10, feedbackId: `p-${index}`, final: false },
  ]).flat()
  const many = once.flatMap((event) => Array.from({ length: 1 + Math.floor(5 * random()) }, () => ({ event, place: random() })))
  const shuffled = many.toSorted((a, b) => a.place - b.place).map(({ event }) => event)
  const [plain, repeated] = [await learnFrom(once), await learnFrom(shuffled)]
  expect(repeated.digest).toBe(plain.digest)
  expect(plain.counters['matured']).toBe(DECISIONS)
  expect(repeated.counters['feedbackDuplicate']).toBeGreaterThan(50)
}, 120_000)
