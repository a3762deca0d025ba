import { ForageError } from '@forage/domain'
import express, { type Express, type RequestHandler, type Router } from 'express'
import helmet from 'helmet'
import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { decisionHandler } from '../decisions/route.ts'
import { activateHandler, feedbackHandler } from '../feedback/route.ts'
import type { LiveStream } from '../learning/live.ts'
import { learningHandler, posteriorHandler, waitHandler } from '../learning/route.ts'
import { createMetrics } from '../metrics/prometheus.ts'
import { itemsHandler, placementHandler, placementsHandler, putItemsHandler, putPlacementHandler, removePlacementHandler } from '../placements/route.ts'
import { recommendHandler } from '../recommend/route.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { createFail, errorHandler } from './error-handler.ts'
import { livezHandler, metricsHandler, openapiHandler, readyzHandler, versionHandler } from './operation.ts'
import { measureRequests, RequestLog } from './request-log.ts'
import { expressPath, methodsByPath, routes, type RouteName } from './routes-table.ts'

export interface AppParts {
  readonly config: Config
  readonly runtime: Runtime
  readonly logger: Logger
  readonly live: LiveStream
  readonly version: string
  readonly state: () => 'ready' | 'starting' | 'stopping'
  /** HTML pages, mounted last. */
  readonly pages?: Router
}

export interface App {
  readonly express: Express
  /** Answers everything: `POST /recommend` directly, the rest through Express. Routing it costs more than half of what deciding does. */
  readonly listener: RequestListener
}

/** The whole HTTP surface. `/recommend` comes before every middleware: it does for itself what it needs of them. */
export function createApp({ config, runtime, logger, live, version, state, pages }: AppParts): App {
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('case sensitive routing', true)
  const fail = createFail(logger)
  const { bodyLimitBytes, catalogLimitBytes, logOneIn, slowRequestMs } = config
  const log = new RequestLog(runtime.meter, logger, { oneIn: logOneIn, slowMs: slowRequestMs })
  const recommend = recommendHandler(runtime.recommender, fail, log, bodyLimitBytes)
  const handlers: Record<RouteName, RequestHandler> = {
    recommend,
    feedback: feedbackHandler(runtime, bodyLimitBytes),
    activate: activateHandler(runtime),
    decision: decisionHandler(runtime),
    placements: placementsHandler(runtime),
    placement: placementHandler(runtime),
    putPlacement: putPlacementHandler(runtime, bodyLimitBytes),
    removePlacement: removePlacementHandler(runtime),
    items: itemsHandler(runtime),
    putItems: putItemsHandler(runtime, catalogLimitBytes),
    posterior: posteriorHandler(runtime),
    learning: learningHandler(runtime),
    wait: waitHandler(runtime),
    live: live.handler,
    livez: livezHandler,
    readyz: readyzHandler(() => ({
      status: state(),
      log: runtime.health.away > 0 ? 'away' : 'ok',
      store: runtime.learning.storeAway ? 'away' : 'ok',
      snapshotAgeSeconds: runtime.learning.age(),
    })),
    version: versionHandler(version),
    metrics: metricsHandler(createMetrics(runtime.meter, runtime, version)),
    openapi: openapiHandler(version),
  }
  app.post(routes.recommend.path, handlers.recommend)
  app.use(measureRequests(log))
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: CSP }, strictTransportSecurity: false }))
  for (const name of Object.keys(routes) as RouteName[]) {
    if (name !== 'recommend') app[routes[name].method](expressPath(routes[name].path), handlers[name])
  }
  for (const [path, methods] of methodsByPath()) app.all(expressPath(path), refuseMethod(methods))
  if (pages !== undefined) app.use(pages)
  app.use((request: { path: string }) => {
    throw new ForageError('not_found', `nothing lives at ${request.path.slice(0, 200)}`, { field: 'path' })
  })
  app.use(errorHandler(fail))
  const { path } = routes.recommend
  return { express: app, listener: (request, response) => (request.url === path && request.method === 'POST' ? recommend(request, response) : app(request, response)) }
}

/** Everything from here, nothing inline; the pages are ours alone. */
const CSP = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'none'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ')
  return (request) => {
    throw new ForageError('method_not_allowed', `${request.method} is not answered here, but ${allow}`, { allow })
  }
}
