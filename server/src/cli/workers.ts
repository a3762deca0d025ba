import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { answerForAll } from '../metrics/worker-metrics.ts'
import type { Terminal } from './terminal.ts'

const NUMBER = 'FORAGE_WORKER_NUMBER'
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/** Which worker this process is, from 1; null when it is none. */
export const workerNumber = (): number | null => (cluster.isWorker ? Number(process.env[NUMBER]) : null)

/** A worker's own part of the data folder: its spool is its own. */
export function workerConfig(config: Config, number: number): Config {
  return { ...config, dataDir: config.dataDir === null ? null : join(config.dataDir, `worker-${number}`) }
}

/**
 * Runs `count` copies of this command that share its port, and starts one again when it dies; SIGTERM stops them all. Resolves when all listen.
 * @throws Error when one ends before it ever listened: the reason is on its stderr
 */
export async function superviseWorkers(count: number, terminal: Terminal): Promise<{ url: string }> {
  const workers = new Set<Worker>()
  let stopping = false
  let failed: (error: Error) => void = () => {}
  const failure = new Promise<never>((_, reject) => (failed = reject))

  const start = (number: number, pauseMs: number): Promise<{ address: string; port: number }> => {
    const worker = cluster.fork({ [NUMBER]: String(number) })
    workers.add(worker)
    const listening = once(worker, 'listening') as Promise<[{ address: string; port: number }]>
    let listened = false
    listening.then(() => (listened = true), () => {}) // what it died of is told when it exits
    worker.on('exit', (code, signal) => {
      workers.delete(worker)
      if (stopping) return
      if (!listened && pauseMs === 0) return failed(new Error(`worker ${number} ended (${signal ?? code}) before it listened`))
      const next = listened ? FIRST_PAUSE_MS : Math.min(Math.max(2 * pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
      terminal.note(`worker ${number} ended (${signal ?? code}); another one starts`)
      setTimeout(() => !stopping && void start(number, next).catch(() => {}), next)
    })
    return listening.then(([address]) => address)
  }

  answerForAll(workers)
  const stop = (forward: boolean) => {
    if (stopping) return
    stopping = true
    if (forward) for (const worker of workers) worker.process.kill('SIGTERM')
    const ended = setInterval(() => workers.size === 0 && (clearInterval(ended), process.exit(0)), 20)
  }
  process.on('SIGTERM', () => stop(true))
  process.on('SIGINT', () => stop(false)) // a terminal sends it to the workers too
  try {
    const started = Promise.all(Array.from({ length: count }, (_, index) => start(index + 1, 0)))
    started.catch(() => {})
    const [first] = await Promise.race([started, failure])
    failure.catch(() => {})
    return { url: `http://${first!.address.includes(':') ? `[${first!.address}]` : first!.address}:${first!.port}` }
  } catch (error) {
    stopping = true
    for (const worker of workers) worker.process.kill('SIGTERM')
    throw error
  }
}
