import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { openLoop, type OpenLoopResult } from './open-loop.ts'
import { cpuSeconds, freePort, startServerProcess, stopProcess, untilAnswers } from './processes.ts'
import { bodies, catalog, placement } from './recommend-bodies.ts'

interface Contender {
  readonly name: 'forage' | 'express' | 'bare'
  readonly url: string
  readonly pid: number
}

export interface HttpRow {
  readonly body: string
  readonly bodyBytes: number
  readonly replyBytes: number
  readonly requestsPerSecond: Record<Contender['name'], number>
  readonly cpuMicroseconds: Record<Contender['name'], number | null>
  /** Medians of paired rounds: throughput of Forage over the peer's in the same round. */
  readonly ratio: { readonly express: number; readonly bare: number }
  /** Open loop at 70 % of each contender's own throughput. */
  readonly latencyAt70Percent: Record<Contender['name'], OpenLoopResult>
  readonly errors: number
}

const root = join(import.meta.dirname, '../..')
const headers = { 'content-type': 'application/json' }
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!

async function load(url: string, body: string, seconds: number): Promise<autocannon.Result> {
  return autocannon({ url: `${url}/recommend`, method: 'POST', headers, body, connections: 32, duration: seconds })
}

/** Recommend over HTTP against peers that only parse and answer: rounds A B C, C B A … */
export async function benchHttp({ rounds, seconds }: { rounds: number; seconds: number }): Promise<HttpRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forage-bench-'))
  const children = []
  try {
    const rows: HttpRow[] = []
    const forage = await start([join(root, 'server/bin/forage.js'), 'serve', '--data', join(folder, 'data')], '/readyz', { LOG_LEVEL: 'warn' })
    children.push(forage.child)
    const put = async (path: string, value: unknown) => {
      const answer = await fetch(forage.url + path, { method: 'PUT', headers, body: JSON.stringify(value) })
      if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`)
    }
    await put('/api/placements/bench', placement)
    await put('/api/placements/bench/items', catalog)
    for (const [name, body] of Object.entries(bodies)) {
      await teach(forage.url, body)
      const reply = await (await fetch(`${forage.url}/recommend`, { method: 'POST', headers, body })).text()
      const replyFile = join(folder, 'reply.json')
      writeFileSync(replyFile, reply)
      const peers = await Promise.all(
        (['express', 'bare'] as const).map(async (kind) => {
          const peer = await start([join(import.meta.dirname, 'peer.mjs'), kind], '/recommend', {}, replyFile, body)
          children.push(peer.child)
          return { name: kind, url: peer.url, pid: peer.child.pid! }
        }),
      )
      const contenders: Contender[] = [{ name: 'forage', url: forage.url, pid: forage.child.pid! }, ...peers]
      rows.push(await compare(name, body, reply, contenders, rounds, seconds))
      await Promise.all(children.splice(1).map(stopProcess))
    }
    return rows
  } finally {
    await Promise.all(children.map(stopProcess))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function start(args: string[], path: string, env: Record<string, string> = {}, replyFile?: string, body?: string) {
  const port = await freePort()
  const child = startServerProcess(replyFile === undefined ? [...args, '--port', String(port)] : [...args, String(port), replyFile], env)
  const url = `http://127.0.0.1:${port}`
  await untilAnswers(url + path, body === undefined ? undefined : { method: 'POST', headers, body })
  return { child, url }
}

/** Some feedback, so that the posterior is not the prior. */
async function teach(url: string, body: string): Promise<void> {
  for (let round = 0; round < 300; round++) {
    const { decisionId } = (await (await fetch(`${url}/recommend`, { method: 'POST', headers, body })).json()) as { decisionId: string }
    const event = { decisionId, event: 'click', value: round % 3 === 0 ? 1 : 0, final: true }
    await fetch(`${url}/feedback`, { method: 'POST', headers, body: JSON.stringify(event) })
  }
}

async function compare(name: string, body: string, reply: string, contenders: Contender[], rounds: number, seconds: number): Promise<HttpRow> {
  const rates: Record<string, number[]> = { forage: [], express: [], bare: [] }
  const cpu: Record<string, number[]> = { forage: [], express: [], bare: [] }
  let errors = 0
  for (const { url } of contenders) await load(url, body, Math.min(2, seconds)) // warm-up
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const before = cpuSeconds(contender.pid)
      const result = await load(contender.url, body, seconds)
      const after = cpuSeconds(contender.pid)
      errors += result.errors + result.non2xx
      rates[contender.name]!.push(result['2xx'] / result.duration)
      if (before !== null && after !== null) cpu[contender.name]!.push(((after - before) / result['2xx']) * 1e6)
    }
  }
  const latency: Partial<Record<Contender['name'], OpenLoopResult>> = {}
  for (const who of contenders) latency[who.name] = await openLoop(who.url, '/recommend', body, 0.7 * median(rates[who.name]!), seconds)
  const ratio = (peer: string) => median(rates['forage']!.map((rate, round) => rate / rates[peer]![round]!))
  const per = <T>(f: (name: string) => T) => ({ forage: f('forage'), express: f('express'), bare: f('bare') })
  return {
    body: name,
    bodyBytes: Buffer.byteLength(body),
    replyBytes: Buffer.byteLength(reply),
    requestsPerSecond: per((who) => Math.round(median(rates[who]!))),
    cpuMicroseconds: per((who) => (cpu[who]!.length > 0 ? Math.round(median(cpu[who]!)) : null)),
    ratio: { express: ratio('express'), bare: ratio('bare') },
    latencyAt70Percent: latency as HttpRow['latencyAt70Percent'],
    errors,
  }
}
