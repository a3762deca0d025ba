import { Agent, request } from 'node:http'
import type { FetchLike } from '@forage/client'

/**
 * A transport on `node:http` with kept-alive connections: less than half the CPU of the global `fetch` per call (140 against 360 µs), which the load
 * generator would otherwise take from the server it measures. Plain HTTP only.
 */
export function createHttpTransport(connections: number): { fetch: FetchLike; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, noDelay: true })
  const send: FetchLike = (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const call = request(url, { method, agent, signal, headers: { ...headers, ...length } }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('aborted', () => reject(new Error('the connection broke before the answer ended')))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const header = (name: string) => {
            const value = response.headers[name]
            return Array.isArray(value) ? value.join(', ') : (value ?? null)
          }
          resolve({ status: response.statusCode ?? 0, headers: { get: header }, text: () => Promise.resolve(text) })
        })
      })
      call.on('error', reject)
      call.end(body)
    })
  return { fetch: send, close: () => agent.destroy() }
}
