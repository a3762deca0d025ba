import type { LiveReply } from '@forage/contracts'
import type { RequestHandler } from 'express'
import type { ServerResponse } from 'node:http'
import type { Runtime } from '../runtime/runtime.ts'
import { posteriorOf, rewardOf } from './posterior.ts'

const EVERY_MS = 1000
const SHOWN = 50
/** A slow reader gets fewer messages, not a growing buffer. */
const MOST_BUFFERED = 1 << 20

/** GET /api/live. One message is made a second, and only while someone listens; all listeners get the same bytes. */
export class LiveStream {
  readonly #runtime: Runtime
  readonly #listeners = new Set<ServerResponse>()
  readonly #started = performance.now()
  #timer: NodeJS.Timeout | null = null
  #last = { time: 0, decisions: 0, feedback: 0 }

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  readonly handler: RequestHandler = (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-accel-buffering': 'no' })
    if (request.method === 'HEAD') return void response.end()
    this.#listeners.add(response)
    response.once('close', () => {
      this.#listeners.delete(response)
      if (this.#listeners.size === 0) this.#pause()
    })
    if (this.#timer === null) {
      this.#last = this.#totals()
      this.#timer = setInterval(() => this.#tell(this.#message()), EVERY_MS)
      this.#timer.unref()
    }
    response.write(`retry: 1000\ndata: ${JSON.stringify(this.#message())}\n\n`)
  }

  /** Ends every stream. */
  close(): void {
    this.#pause()
    for (const listener of this.#listeners) listener.end()
  }

  #pause(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #tell(message: LiveReply): void {
    const text = `data: ${JSON.stringify(message)}\n\n`
    for (const listener of this.#listeners) if (listener.writableLength < MOST_BUFFERED) listener.write(text)
  }

  #totals() {
    const { meter } = this.#runtime
    return { time: performance.now(), decisions: meter.decisionsTotal, feedback: meter.feedback.accepted }
  }

  #message(): LiveReply {
    const [before, now] = [this.#last, this.#totals()]
    const seconds = (now.time - before.time) / 1000
    if (seconds >= 0.9 * (EVERY_MS / 1000)) this.#last = now
    const rate = (count: number) => (seconds > 0 ? Math.round((count / seconds) * 10) / 10 : 0)
    return {
      at: new Date().toISOString(),
      uptimeSeconds: Math.round((now.time - this.#started) / 1000),
      decisionsPerSecond: rate(now.decisions - before.decisions),
      feedbackPerSecond: rate(now.feedback - before.feedback),
      learnerLag: this.#runtime.lag(),
      placements: [...this.#runtime.servings.values()].map((serving) => livePlacement(serving, this.#runtime)),
    }
  }
}

function livePlacement(serving: Parameters<typeof posteriorOf>[0], { publisher }: Runtime): LiveReply['placements'][number] {
  const { placement: id, version, policy, snapshotVersion, observations, items } = posteriorOf(serving, publisher)
  const total = { count: 0, weight: 0, sum: 0, squares: 0 }
  for (const { count, weight, sum, squares } of publisher.statisticsOf(serving.definition.model)?.arms.values() ?? []) {
    total.count += count
    total.weight += weight
    total.sum += sum
    total.squares += squares
  }
  return { id, version, policy, snapshotVersion, observations, ...rewardOf(total, serving.definition.spec.reward), items: items.slice(0, SHOWN) }
}
