import type { RequestHandler } from 'express'
import type { Logger } from 'pino'

/** What one kind of request has cost so far: plain numbers, read by `/metrics`. */
export interface RequestMeter {
  observe(route: string, method: string, status: number, seconds: number): void
}

/** Counts every request; logs one in `oneIn` (0: none) and every slow one. Never bodies, never ids. */
export class RequestLog {
  readonly #meter: RequestMeter
  readonly #logger: Logger
  readonly #oneIn: number
  readonly #slowMs: number
  #turn = 0
  #second = 0
  #slowLines = 0

  constructor(meter: RequestMeter, logger: Logger, { oneIn, slowMs }: { oneIn: number; slowMs: number }) {
    this.#meter = meter
    this.#logger = logger
    this.#oneIn = oneIn
    this.#slowMs = slowMs
  }

  done(route: string, method: string, status: number, ms: number): void {
    this.#meter.observe(route, method, status, ms / 1000)
    this.#turn += 1
    const slow = ms > this.#slowMs && !waits.has(route)
    if (slow ? this.#tooMany() : this.#oneIn === 0 || this.#turn % this.#oneIn !== 0) return
    this.#logger[slow ? 'warn' : 'info']({ method, route, status, ms: Math.round(ms * 10) / 10 }, slow ? 'slow request' : 'request')
  }

  #tooMany(): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) this.#slowLines = 0
    this.#second = second
    this.#slowLines += 1
    return this.#slowLines > SLOW_LINES
  }
}

/** Lines about slow requests in one second: a stall makes hundreds at once, and a few tell as much. */
const SLOW_LINES = 5

/** Routes that are slow on purpose. */
const waits: ReadonlySet<string> = new Set(['/api/live', '/api/learning/wait'])

/** Measures every request that passes. */
export function measureRequests(log: RequestLog): RequestHandler {
  return (request, response, next) => {
    const start = performance.now()
    const { method } = request
    response.once('finish', () => {
      const path: unknown = (request as { route?: { path?: unknown } }).route?.path
      log.done(typeof path === 'string' ? path : 'other', method, response.statusCode, performance.now() - start)
    })
    next()
  }
}
