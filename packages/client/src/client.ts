import type {
  ActivateReply,
  CatalogItem,
  CatalogReply,
  DecisionReply,
  FeedbackEvent,
  FeedbackReply,
  LearningReply,
  PlacementBody,
  PlacementReply,
  PosteriorReply,
  RecommendBody,
  RecommendReply,
  WaitReply,
} from '@forage/contracts'
import { send, type Call, type Caller, type FetchLike } from './call.ts'
import { createId } from './ids.ts'
import { RetryBudget } from './retry.ts'

export interface ClientOptions {
  /** Where the server is, e.g. `http://127.0.0.1:8080`; a path prefix is kept. */
  readonly url: string
  /** Deadline of each try, 5000 when absent. Bound a whole call, retries and all, with `signal`. */
  readonly timeoutMs?: number
  /** Tries after the first one, 3 when absent. */
  readonly retries?: number
  /** Mean wait before the first retry, 50 when absent; it doubles up to `maxBackoffMs` (2000). */
  readonly backoffMs?: number
  readonly maxBackoffMs?: number
  /** Retries that may be made ahead of successes, 20 when absent (see `RetryBudget`). */
  readonly retryBudget?: number
  readonly fetch?: FetchLike
  /** Source of the jitter: numbers in [0, 1). */
  readonly random?: () => number
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** A placement as you write it: everything has a default. */
export type PlacementInput = (typeof PlacementBody)['_zod']['input']
export type CatalogItemInput = (typeof CatalogItem)['_zod']['input']
export type FeedbackResult = FeedbackReply['results'][number]

/** All calls retry with idempotency ids made before the first try, and throw `ForageApiError`. */
export interface ForageClient {
  readonly url: string
  recommend(body: RecommendBody, options?: CallOptions): Promise<RecommendReply>
  /** Sends one event or many (in requests of at most 1000); says of each whether it was accepted, in the same order. */
  feedback(event: FeedbackEvent, options?: CallOptions): Promise<FeedbackResult>
  feedback(events: readonly FeedbackEvent[], options?: CallOptions): Promise<FeedbackResult[]>
  activate(decisionId: string, options?: CallOptions): Promise<ActivateReply>
  decision(decisionId: string, options?: CallOptions): Promise<DecisionReply>
  /** With `expectedVersion` the call is made once only: a repeated one could meet its own version. */
  putPlacement(id: string, body: PlacementInput, options?: CallOptions & { expectedVersion?: number }): Promise<PlacementReply>
  placement(id: string, options?: CallOptions): Promise<PlacementReply>
  putItems(placement: string, items: readonly CatalogItemInput[], options?: CallOptions): Promise<CatalogReply>
  items(placement: string, options?: CallOptions): Promise<CatalogReply>
  posterior(placement: string, options?: CallOptions): Promise<PosteriorReply>
  learning(options?: CallOptions): Promise<LearningReply>
  /** Waits until the serving snapshot includes the record at `position` (of a feedback result), at most `waitMs` (10,000). */
  waitLearned(position: string, options?: CallOptions & { waitMs?: number }): Promise<WaitReply>
}

const BATCH = 1000

/** Makes a client. It holds no connection of its own: `fetch` keeps them alive. */
export function createClient(options: ClientOptions): ForageClient {
  const caller: Caller = {
    url: options.url.replace(/\/+$/, ''),
    timeoutMs: options.timeoutMs ?? 5000,
    retry: { retries: options.retries ?? 3, backoffMs: options.backoffMs ?? 50, maxBackoffMs: options.maxBackoffMs ?? 2000 },
    budget: new RetryBudget(options.retryBudget ?? 20),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    random: options.random ?? Math.random,
  }
  const call = <T>(request: Call, { signal, timeoutMs }: CallOptions = {}) =>
    send<T>(caller, { ...request, ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) })
  const placementPath = (id: string) => `/api/placements/${encodeURIComponent(id)}`

  async function feedback(event: FeedbackEvent, callOptions?: CallOptions): Promise<FeedbackResult>
  async function feedback(events: readonly FeedbackEvent[], callOptions?: CallOptions): Promise<FeedbackResult[]>
  async function feedback(given: FeedbackEvent | readonly FeedbackEvent[], callOptions?: CallOptions): Promise<FeedbackResult | FeedbackResult[]> {
    const one = !isList(given)
    const events = (one ? [given] : given).map((event) => ({ ...event, feedbackId: event.feedbackId ?? createId() }))
    const results: FeedbackResult[] = []
    for (let at = 0; at < events.length; at += BATCH) {
      const body = one ? events[0] : { events: events.slice(at, at + BATCH) }
      results.push(...(await call<FeedbackReply>({ method: 'POST', path: '/feedback', body }, callOptions)).results)
    }
    return one ? results[0]! : results
  }

  return {
    url: caller.url,
    recommend: (body, callOptions) =>
      call({ method: 'POST', path: '/recommend', body: { ...body, decisionId: body.decisionId ?? createId() } }, callOptions),
    feedback,
    activate: (decisionId, callOptions) => call({ method: 'POST', path: `/decisions/${encodeURIComponent(decisionId)}/activate` }, callOptions),
    decision: (decisionId, callOptions) => call({ method: 'GET', path: `/decisions/${encodeURIComponent(decisionId)}` }, callOptions),
    putPlacement: (id, body, callOptions = {}) => {
      const { expectedVersion } = callOptions
      const once = expectedVersion === undefined ? {} : { repeatable: false, headers: { 'if-match': `"${expectedVersion}"` } }
      return call({ method: 'PUT', path: placementPath(id), body, ...once }, callOptions)
    },
    placement: (id, callOptions) => call({ method: 'GET', path: placementPath(id) }, callOptions),
    putItems: (placement, items, callOptions) => call({ method: 'PUT', path: `${placementPath(placement)}/items`, body: { items } }, callOptions),
    items: (placement, callOptions) => call({ method: 'GET', path: `${placementPath(placement)}/items` }, callOptions),
    posterior: (placement, callOptions) => call({ method: 'GET', path: `${placementPath(placement)}/posterior` }, callOptions),
    learning: (callOptions) => call({ method: 'GET', path: '/api/learning' }, callOptions),
    waitLearned: (position, { waitMs = 10_000, ...callOptions } = {}) => {
      const path = `/api/learning/wait?position=${encodeURIComponent(position)}&timeoutMs=${waitMs}`
      return call({ method: 'GET', path }, { timeoutMs: waitMs + caller.timeoutMs, ...callOptions })
    },
  }
}

function isList(given: FeedbackEvent | readonly FeedbackEvent[]): given is readonly FeedbackEvent[] {
  return Array.isArray(given)
}
