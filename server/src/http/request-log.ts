import type { RequestHandler } from 'express'
import type { Logger } from 'pino'

/** What one kind of request has cost so far: plain numbers on the hot path, read by `/metrics`. */
export interface RequestMeter {
  observe(route: string, method: string, status: number, seconds: number): void
}

/** Measures every request that passes; logs one in `oneIn` and every slow one. Never bodies, never ids. */
export function measureRequests(meter: RequestMeter, logger: Logger, { oneIn, slowMs }: { oneIn: number; slowMs: number }): RequestHandler {
  let turn = 0
  return (request, response, next) => {
    const start = performance.now()
    const { method } = request
    response.once('finish', () => {
      const ms = performance.now() - start
      const path: unknown = (request as { route?: { path?: unknown } }).route?.path
      const route = typeof path === 'string' ? path : 'other'
      meter.observe(route, method, response.statusCode, ms / 1000)
      turn += 1
      const slow = ms > slowMs && route !== '/api/live' && route !== '/api/learning/wait'
      if (slow || (oneIn > 0 && turn % oneIn === 0)) logger[slow ? 'warn' : 'info']({ method, route, status: response.statusCode, ms: Math.round(ms * 10) / 10 }, slow ? 'slow request' : 'request')
    })
    next()
  }
}
