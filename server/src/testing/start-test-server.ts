import { pino } from 'pino'
import { readConfig, type Config } from '../config.ts'
import { startServer, type RunningServer, type StartOptions } from '../start.ts'

export interface Answer<T = unknown> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

export interface TestServer extends RunningServer {
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>
}

/** A whole server on a free port; in memory unless `config` names a folder. */
export async function startTestServer(config: Partial<Config> = {}, options: StartOptions = {}): Promise<TestServer> {
  const server = await startServer(readConfig({}, { port: 0, dataDir: null, logLevel: 'silent', ...config }), { logger: pino({ level: process.env['FORAGE_TEST_LOG'] ?? 'silent' }), ...options })
  return { ...server, call: (method, path, body, headers) => call(server.url, method, path, body, headers) }
}

/** A string is sent as it is, anything else as JSON. */
export async function call<T>(url: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
  const init: RequestInit = { method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers } }
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(url + path, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: (text === '' ? null : /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text) as T }
}

/** d = 6: category one-hot (2), price, device one-hot (2), intercept. */
export const shop = {
  policy: { name: 'linear-thompson', model: 'shared', draws: 64 },
  encoder: {
    kind: 'declared',
    fields: [
      { name: 'category', from: 'item', type: 'categorical', values: ['shoes', 'bags'] },
      { name: 'price', from: 'item', type: 'numeric', mean: 50, sd: 20 },
      { name: 'device', from: 'context', type: 'categorical', values: ['mobile', 'desktop'] },
    ],
  },
  reward: { expression: 'click + 5 * purchase', range: [0, 6], windowSeconds: 60, horizonSeconds: 3600 },
}

export const goods = [
  { id: 'sneaker', features: { category: 'shoes', price: 60 } },
  { id: 'boot', features: { category: 'shoes', price: 120 } },
  { id: 'tote', features: { category: 'bags', price: 30 } },
]
