import type { RecommendBody } from '@forage/contracts'
import { ForageError, partitionOf } from '@forage/domain'
import type { AppendOptions, EventLog, Position } from '@forage/event-log'
import { findDecision } from '../decisions/find.ts'
import type { Serving } from '../runtime/serving.ts'
import { decide, newDecisionId } from './decide.ts'
import { decisionParts, type Decided } from './record.ts'
import { replyOfRecord, replyText } from './reply.ts'
import { sameRequest } from './same-request.ts'
import type { Explanation } from '../decisions/explain.ts'

export interface RecommenderParts {
  readonly servings: ReadonlyMap<string, Serving>
  readonly log: EventLog
  readonly now: () => number
  /** Told of every decision, on the hot path. */
  readonly onDecision: (decided: Decided) => void
  readonly onLogFailure: (error: unknown) => void
}

interface InFlight {
  readonly request: RecommendBody
  readonly answer: Promise<string>
}

const DURABILITY: readonly string[] = ['durability']
const LOG: readonly string[] = ['log']
const NOTHING: readonly string[] = []
const AWAITED: AppendOptions = {}
const PATIENT: AppendOptions = { patient: true }

/** Makes decisions, puts them into the log and answers; repeats the answer of a decision id it already knows. */
export class Recommender {
  readonly #parts: RecommenderParts
  /** Decisions under the client's own id, until the log can find them. */
  readonly #inFlight = new Map<string, InFlight>()
  /** The last append failed: until one succeeds, an answer waits for the log, so that `logged` is true to its word. */
  #failing = false

  constructor(parts: RecommenderParts) {
    this.#parts = parts
  }

  /** The answer's JSON; at once whenever nothing has to be waited for. `request` must have been checked; `raw` is its bytes. */
  recommend(request: RecommendBody, raw: Buffer, start: number): string | Promise<string> {
    const serving = this.#parts.servings.get(request.placement)
    if (serving === undefined) throw new ForageError('unknown_placement', `there is no placement ${request.placement}`, { field: 'placement' })
    const { decisionId } = request
    if (decisionId !== undefined && decisionId !== null) return this.#recommendAs(decisionId, serving, request, raw, start)
    return this.#make(serving, request, raw, newDecisionId(this.#parts.now(), request.userId), start, null)
  }

  #make(serving: Serving, request: RecommendBody, raw: Buffer, id: string, start: number, onSettled: (() => void) | null): string | Promise<string> {
    const decided = decide(serving, request, id)
    const { log } = this.#parts
    const partition = partitionOf(id, log.partitions)
    const awaited = this.#failing || serving.definition.spec.decisionDurability === 'acknowledged'
    const appended = log.append(partition, decisionParts(decided, raw), onSettled === null ? (awaited ? AWAITED : PATIENT) : { key: id, patient: !awaited })
    appended.then(this.#onLogged, this.#onLogFailed)
    if (onSettled !== null) appended.then(onSettled, onSettled)
    this.#parts.onDecision(decided)
    if (awaited)
      return this.#whenLogged(decided, decided.explanation, appended, request.timeoutMs ?? serving.definition.spec.timeoutMs, start)
    return replyText(decided, decided.explanation, true, NOTHING, performance.now() - start)
  }

  /** Waits for the log's word until the deadline; then the decision stands in the log's queue and the answer says that it was not waited for. */
  async #whenLogged(decided: Decided, explanation: Explanation[] | null, appended: Promise<Position>, timeoutMs: number, start: number): Promise<string> {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, timeoutMs, 'late')))
    const outcome = await Promise.race([appended.then(() => 'logged' as const, () => 'failed' as const), deadline])
    clearTimeout(timer)
    return replyText(decided, explanation, outcome !== 'failed', outcome === 'logged' ? NOTHING : outcome === 'late' ? DURABILITY : LOG, performance.now() - start)
  }

  #recommendAs(id: string, serving: Serving, request: RecommendBody, raw: Buffer, start: number): Promise<string> {
    const running = this.#inFlight.get(id)
    if (running !== undefined) return sameRequest(running.request, request) ? running.answer : Promise.reject(conflict(id))
    const forget = () => void this.#inFlight.delete(id)
    const answer = this.#findOrMake(id, serving, request, raw, start, forget)
    this.#inFlight.set(id, { request, answer })
    return answer
  }

  async #findOrMake(id: string, serving: Serving, request: RecommendBody, raw: Buffer, start: number, forget: () => void): Promise<string> {
    let found
    try {
      found = await findDecision(this.#parts.log, id)
      if (found === null) return await this.#make(serving, request, raw, id, start, forget)
    } catch (error) {
      forget()
      throw error
    }
    forget()
    if (!sameRequest(found.evidence.request as RecommendBody, request)) throw conflict(id)
    return replyOfRecord(found, performance.now() - start)
  }

  readonly #onLogged = () => {
    this.#failing = false
  }

  readonly #onLogFailed = (error: unknown) => {
    this.#failing = true
    this.#parts.onLogFailure(error)
  }
}

function conflict(id: string): ForageError {
  return new ForageError('decision_conflict', `the decision ${id} was made for another request`, { field: 'decisionId' })
}
