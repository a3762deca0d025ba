import type { RequestHandler } from 'express'
import { sendJson, sendJsonText } from './answer.ts'
import { openapiDocument } from './openapi.ts'

export const livezHandler: RequestHandler = (_, response) => sendJson(response, 200, { status: 'ok' })

export interface Readiness {
  readonly status: 'ready' | 'starting' | 'stopping'
  /** What decisions can do without: it says how they are, not whether to send requests here. */
  readonly log: 'ok' | 'away'
  readonly store: 'ok' | 'away'
  readonly snapshotAgeSeconds: number
}

export function readyzHandler(readiness: () => Readiness): RequestHandler {
  return (_, response) => {
    const answer = readiness()
    sendJson(response, answer.status === 'ready' ? 200 : 503, answer)
  }
}

export function versionHandler(version: string): RequestHandler {
  return (_, response) => sendJson(response, 200, { name: 'forage', version, node: process.version })
}

/** What a scrape needs of the metrics registry. */
export interface Exposition {
  readonly contentType: string
  metrics(): Promise<string>
}

export function metricsHandler(registry: Exposition): RequestHandler {
  return async (_, response) => {
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType, 'content-length': Buffer.byteLength(text) })
    response.end(text)
  }
}

export function openapiHandler(version: string): RequestHandler {
  let text: string | null = null
  return (_, response) => sendJsonText(response, 200, (text ??= JSON.stringify(openapiDocument(version))))
}
