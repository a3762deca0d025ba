import {
  ActivateReply,
  CatalogBody,
  CatalogReply,
  DecisionReply,
  FeedbackBody,
  FeedbackReply,
  LearningReply,
  LiveReply,
  PlacementBody,
  PlacementReply,
  PlacementsReply,
  PosteriorReply,
  RecommendBody,
  RecommendReply,
  WaitQuery,
  WaitReply,
} from '@forage/contracts'
import { z } from 'zod'

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** OpenAPI style: `/api/placements/{id}`. */
  readonly path: string
  readonly tag: 'loop' | 'administration' | 'operation'
  readonly summary: string
  readonly body?: z.ZodType
  readonly query?: z.ZodObject
  /** Status → what is answered; a string names a media type that is not JSON, `null` an empty answer. */
  readonly replies: Readonly<Record<number, z.ZodType | string | null>>
  /** Statuses of the refusals it can answer, beside 500. */
  readonly refusals?: readonly number[]
}

const Status = z.object({ status: z.string() })
const Ready = z.object({
  status: z.enum(['ready', 'starting', 'stopping']),
  log: z.enum(['ok', 'away']),
  store: z.enum(['ok', 'away']),
  snapshotAgeSeconds: z.number().meta({ description: 'How long the store has not been there to say that the snapshots are the newest' }),
})
const Version = z.object({ name: z.string(), version: z.string(), node: z.string() })
const ExpectedVersion = z.object({ expectedVersion: z.coerce.number().int().min(0).optional().meta({ description: 'Refuses when this is not the newest version (0: must not exist); `If-Match` does the same' }) })

/** Every address of the API, once: Express's routes, OpenAPI and the `Allow` of a 405 all come from here. */
export const routes = {
  recommend: { method: 'post', path: '/recommend', tag: 'loop', summary: 'Choose what to show', body: RecommendBody, replies: { 200: RecommendReply }, refusals: [400, 404, 409, 413, 415, 422, 503, 504] },
  feedback: { method: 'post', path: '/feedback', tag: 'loop', summary: 'Tell what happened: one event or a batch', body: FeedbackBody, replies: { 202: FeedbackReply }, refusals: [400, 413, 415, 503] },
  activate: { method: 'post', path: '/decisions/{id}/activate', tag: 'loop', summary: 'Say that a deferred decision was shown', replies: { 202: ActivateReply }, refusals: [400, 503] },
  decision: { method: 'get', path: '/decisions/{id}', tag: 'loop', summary: 'A decision as it was made, recomputed and explained', replies: { 200: DecisionReply }, refusals: [400, 404, 503] },
  placements: { method: 'get', path: '/api/placements', tag: 'administration', summary: 'All placements', replies: { 200: PlacementsReply } },
  placement: { method: 'get', path: '/api/placements/{id}', tag: 'administration', summary: 'One placement', replies: { 200: PlacementReply }, refusals: [404] },
  putPlacement: { method: 'put', path: '/api/placements/{id}', tag: 'administration', summary: 'Define a placement or change it', body: PlacementBody, query: ExpectedVersion, replies: { 200: PlacementReply, 201: PlacementReply }, refusals: [400, 409, 413, 415, 503] },
  removePlacement: { method: 'delete', path: '/api/placements/{id}', tag: 'administration', summary: 'Stop serving a placement; its log and versions stay', replies: { 204: null }, refusals: [404, 503] },
  items: { method: 'get', path: '/api/placements/{id}/items', tag: 'administration', summary: "A placement's catalog", replies: { 200: CatalogReply }, refusals: [404] },
  putItems: { method: 'put', path: '/api/placements/{id}/items', tag: 'administration', summary: "Replace a placement's catalog", body: CatalogBody, query: ExpectedVersion, replies: { 200: CatalogReply }, refusals: [400, 404, 409, 413, 415, 503] },
  posterior: { method: 'get', path: '/api/placements/{id}/posterior', tag: 'administration', summary: 'What has been learned, per item', replies: { 200: PosteriorReply }, refusals: [404] },
  learning: { method: 'get', path: '/api/learning', tag: 'operation', summary: 'How far the learner is, and the digest of what it learned', replies: { 200: LearningReply } },
  wait: { method: 'get', path: '/api/learning/wait', tag: 'operation', summary: 'Answers once decisions are served from what stands at a position of the log', query: WaitQuery, replies: { 200: WaitReply }, refusals: [400] },
  live: { method: 'get', path: '/api/live', tag: 'operation', summary: 'Server-sent events, one a second: rates and posteriors', replies: { 200: LiveReply } },
  livez: { method: 'get', path: '/livez', tag: 'operation', summary: 'The process answers', replies: { 200: Status } },
  readyz: { method: 'get', path: '/readyz', tag: 'operation', summary: 'Decisions come from the newest posterior', replies: { 200: Ready, 503: Ready } },
  version: { method: 'get', path: '/version', tag: 'operation', summary: 'What runs here', replies: { 200: Version } },
  metrics: { method: 'get', path: '/metrics', tag: 'operation', summary: 'Prometheus metrics', replies: { 200: 'text/plain' } },
  openapi: { method: 'get', path: '/openapi.json', tag: 'operation', summary: 'This description', replies: { 200: z.looseObject({ openapi: z.string() }) } },
} as const satisfies Readonly<Record<string, Route>>

export type RouteName = keyof typeof routes

/** `/api/placements/{id}` → `/api/placements/:id` */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

/** Path → methods, for 405. */
export function methodsByPath(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { method, path } of Object.values(routes)) found.set(path, [...(found.get(path) ?? []), method.toUpperCase()])
  return found
}
