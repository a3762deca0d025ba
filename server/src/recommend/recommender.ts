import type { RecommendBody } from '@forage/contracts'
import { ForageError, partitionOf } from '@forage/domain'
import type { AppendOptions, EventLog, Position } from '@forage/event-log'
import { decisionAt, findDecision, type FoundDecision } from '../decisions/find.ts'
import type { KnownDecisions } from '../decisions/known-decisions.ts'
import type { Serving } from '../runtime/serving.ts'
import type { LogHealth } from '../spool/log-health.ts'
import { within } from '../spool/within.ts'
import { decide, newDecisionId } from './decide.ts'
import { decisionParts, type Decided } from './record.ts'
import { replyOfRecord, replyText } from './reply.ts'
import { sameRequest } from './same-request.ts'

export interface RecommenderParts {
  readonly servings: ReadonlyMap<string, Serving>
  readonly log: EventLog
  readonly health: LogHealth
  readonly known: KnownDecisions
  readonly now: () => number
  /** Told of every decision, on the hot path. */
  readonly onDecision: (decided: Decided) => void
  /** A decision is not in the log. */
  readonly onLogFailure: (error: unknown) => void
  /** What is known of clients' own ids could not be read or written. */
  readonly onStoreFailure: (error: unknown) => void
}

interface InFlight {
  readonly request: RecommendBody
  readonly answer: Promise<string>
}

/** A decision under the client's own id. */
interface Given {
  /** Whether it was made before could not be found out, as the store is away. */
  readonly storeAway: boolean
  /** It was made before and cannot be read: the same id must not stand in the log for two decisions. */
  readonly unreadable: boolean
  readonly onSettled: () => void
}

const DURABILITY: readonly string[] = ['durability']
const LOG: readonly string[] = ['log']
const STORE: readonly string[] = ['store']
const NOTHING: readonly string[] = []
const AWAITED: AppendOptions = {}
const PATIENT: AppendOptions = { patient: true }
const AWAY = new ForageError('log_unavailable', 'the log is away; decisions are not appended')

/** Makes decisions, puts them into the log and answers; repeats the answer of a decision id it already knows. */
export class Recommender {
  readonly #parts: RecommenderParts
  /** Decisions under the client's own id, until they can be found. */
  readonly #inFlight = new Map<string, InFlight>()

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

  #make(serving: Serving, request: RecommendBody, raw: Buffer, id: string, start: number, given: Given | null): string | Promise<string> {
    const { log, health, known, onDecision, onLogFailure } = this.#parts
    const made = decide(serving, request, id)
    const decided = given !== null && given.storeAway ? { ...made, degraded: STORE } : made
    onDecision(decided)
    const partition = partitionOf(id, log.partitions)
    const admitted = given !== null && given.unreadable ? 'skip' : health.admit(partition)
    if (admitted === 'skip') {
      onLogFailure(AWAY)
      given?.onSettled()
      return replyText(decided, made.explanation, false, [...decided.degraded, ...LOG], performance.now() - start)
    }
    const tells = given !== null && known.shared && !given.storeAway
    const awaited = admitted === 'probe' || tells || serving.definition.spec.decisionDurability === 'acknowledged'
    const keyed = given !== null && !known.shared
    const appended = log.append(partition, decisionParts(decided, raw), keyed ? { key: id, patient: !awaited } : awaited ? AWAITED : PATIENT)
    health.watch(partition, appended)
    appended.catch(onLogFailure)
    const settled = given === null ? null : this.#remember(id, appended, given.onSettled)
    settled?.catch(() => undefined)
    if (!awaited) return replyText(decided, made.explanation, true, decided.degraded, performance.now() - start)
    const outcome = (tells ? settled! : appended.then(() => NOTHING)).then((lacking) => ({ logged: true, lacking }), () => ({ logged: false, lacking: LOG }))
    return this.#whenLogged(decided, made.explanation, outcome, request.timeoutMs ?? serving.definition.spec.timeoutMs, start)
  }

  /** Waits for the log's word until the deadline; then the decision stands in the log's queue and the answer says that it was not waited for. */
  async #whenLogged(decided: Decided, explanation: Parameters<typeof replyText>[1], outcome: Promise<{ logged: boolean; lacking: readonly string[] }>, timeoutMs: number, start: number): Promise<string> {
    const { logged, lacking } = (await within(timeoutMs, outcome)) ?? { logged: true, lacking: DURABILITY }
    return replyText(decided, explanation, logged, lacking.length === 0 ? decided.degraded : [...decided.degraded, ...lacking], performance.now() - start)
  }

  /** Rejects when the log does not have the decision; resolves to what is lacking. */
  async #remember(id: string, appended: Promise<Position>, onSettled: () => void): Promise<readonly string[]> {
    try {
      const position = await appended
      try {
        await this.#parts.known.remember(id, position)
        return NOTHING
      } catch (error) {
        this.#parts.onStoreFailure(error)
        return STORE
      }
    } finally {
      onSettled()
    }
  }

  #recommendAs(id: string, serving: Serving, request: RecommendBody, raw: Buffer, start: number): Promise<string> {
    const running = this.#inFlight.get(id)
    if (running !== undefined) return sameRequest(running.request, request) ? running.answer : Promise.reject(conflict(id))
    const onSettled = () => void this.#inFlight.delete(id)
    const answer = this.#findOrMake(id, serving, request, raw, start, onSettled)
    this.#inFlight.set(id, { request, answer })
    return answer
  }

  async #findOrMake(id: string, serving: Serving, request: RecommendBody, raw: Buffer, start: number, onSettled: () => void): Promise<string> {
    let found
    try {
      found = this.#parts.known.shared ? await this.#lookUp(id, request.timeoutMs ?? serving.definition.spec.timeoutMs) : await findDecision(this.#parts.log, id)
      if (found === null || typeof found === 'string')
        return await this.#make(serving, request, raw, id, start, { storeAway: found === 'store away', unreadable: found === 'unreadable', onSettled })
    } catch (error) {
      onSettled()
      throw error
    }
    onSettled()
    if (!sameRequest(found.evidence.request as RecommendBody, request)) throw conflict(id)
    return replyOfRecord(found, performance.now() - start)
  }

  /** Neither store nor log may keep the answer from going out: each has its time. */
  async #lookUp(id: string, timeoutMs: number): Promise<FoundDecision | null | 'store away' | 'unreadable'> {
    const { log, health, known, onStoreFailure } = this.#parts
    let position
    try {
      position = await known.find(id)
    } catch (error) {
      onStoreFailure(error)
      return 'store away'
    }
    if (position === null) return null
    if (position.partition < log.partitions && health.isAway(position.partition)) return 'unreadable'
    const read = decisionAt(log, position, id).catch(() => 'unreadable' as const)
    const found = await within(timeoutMs, read)
    return found === undefined ? 'unreadable' : found
  }
}

function conflict(id: string): ForageError {
  return new ForageError('decision_conflict', `the decision ${id} was made for another request`, { field: 'decisionId' })
}
