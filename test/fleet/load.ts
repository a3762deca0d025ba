import { Agent, request } from 'node:http'
import seedrandom from 'seedrandom'

export interface LoadCounts {
  sent: number
  answered: number
  /** Answers by status; `refused` could not connect anywhere, `cut` lost its connection, `late` had no answer in time. */
  readonly outcomes: Record<string, number>
  /** Answers that broke a promise: a propensity outside (0, 1], a wrong number of items. */
  wrong: number
  unlogged: number
  degraded: Record<string, number>
  feedbackSent: number
  /** Acknowledged, about decisions that are said to be in the log … */
  feedbackAccepted: number
  /** … and about others: it may never be learned from. */
  feedbackAcceptedUnlogged: number
  feedbackOutcomes: Record<string, number>
}

export interface LoadOptions {
  /** Replicas, asked in turn. Another one is tried when a connection is refused, as a proxy would. */
  readonly urls: () => readonly string[]
  readonly body: string
  readonly ratePerSecond: number
  /** Share of decisions that get feedback. */
  readonly feedback: number
  readonly seed: string
  readonly timeoutMs?: number
}

const newCounts = (): LoadCounts => ({ sent: 0, answered: 0, outcomes: {}, wrong: 0, unlogged: 0, degraded: {}, feedbackSent: 0, feedbackAccepted: 0, feedbackAcceptedUnlogged: 0, feedbackOutcomes: {} })
const count = (of: Record<string, number>, what: string) => void (of[what] = (of[what] ?? 0) + 1)

/** Requests as a Poisson process, whether or not earlier ones were answered. `latencies` are milliseconds from the moment each was due. */
export function startLoad({ urls, body, ratePerSecond, feedback, seed, timeoutMs = 10_000 }: LoadOptions) {
  const random = seedrandom(seed)
  const agent = new Agent({ keepAlive: true, maxSockets: 128 })
  let counts = newCounts()
  let latencies: number[] = []
  let turn = 0
  let due = performance.now()
  const running = new Set<Promise<void>>()

  const one = async (at: number): Promise<void> => {
    counts.sent += 1
    const { outcome, text } = await post(agent, urls(), turn++, '/recommend', body, timeoutMs)
    latencies.push(performance.now() - at)
    count(counts.outcomes, outcome)
    if (outcome !== '200') return
    counts.answered += 1
    const { decisionId, items, logged, degraded } = JSON.parse(text) as { decisionId: string; items: { propensity: number }[]; logged: boolean; degraded: string[] }
    if (items.length !== 1 || !items.every(({ propensity }) => propensity > 0 && propensity <= 1)) counts.wrong += 1
    if (!logged) counts.unlogged += 1
    for (const what of degraded) count(counts.degraded, what)
    if (random() >= feedback) return
    counts.feedbackSent += 1
    const event = { decisionId, event: 'click', value: turn % 2, feedbackId: `f-${decisionId}`, final: true }
    const told = await post(agent, urls(), turn++, '/feedback', JSON.stringify(event), timeoutMs)
    count(counts.feedbackOutcomes, told.outcome)
    if (told.outcome !== '202') return
    if (logged && degraded.length === 0) counts.feedbackAccepted += 1
    else counts.feedbackAcceptedUnlogged += 1
  }
  const timer = setInterval(() => {
    for (const now = performance.now(); due <= now; due -= (Math.log(1 - random()) / ratePerSecond) * 1000) {
      const request = one(due).finally(() => running.delete(request))
      running.add(request)
    }
  }, 1)
  return {
    /** What happened since the last call. */
    take(): { counts: LoadCounts; latencies: number[] } {
      const taken = { counts, latencies }
      counts = newCounts()
      latencies = []
      return taken
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await Promise.all(running)
      agent.destroy()
    },
  }
}

/** Requests a second that get through when each of `connections` asks again as soon as it was answered. */
export async function capacity(urls: readonly string[], body: string, connections: number, seconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const end = performance.now() + seconds * 1000
  let answered = 0
  await Promise.all(Array.from({ length: connections }, async (_, own) => {
    for (let turn = own; performance.now() < end; turn++) if ((await post(agent, urls, turn, '/recommend', body, 10_000)).outcome === '200') answered += 1
  }))
  agent.destroy()
  return answered / seconds
}

async function post(agent: Agent, urls: readonly string[], turn: number, path: string, body: string, timeoutMs: number): Promise<{ outcome: string; text: string }> {
  for (let attempt = 0; attempt < urls.length; attempt++) {
    const answer = await postTo(agent, urls[(turn + attempt) % urls.length]!, path, body, timeoutMs)
    if (answer.outcome !== 'refused') return answer
  }
  return { outcome: 'refused', text: '' }
}

function postTo(agent: Agent, url: string, path: string, body: string, timeoutMs: number): Promise<{ outcome: string; text: string }> {
  return new Promise((resolve) => {
    let text = ''
    const outgoing = request(url + path, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => finish(String(response.statusCode)))
      response.once('error', () => finish('cut'))
    })
    const late = setTimeout(() => {
      finish('late')
      outgoing.destroy()
    }, timeoutMs)
    const finish = (outcome: string) => {
      clearTimeout(late)
      resolve({ outcome, text })
    }
    // a connection that was kept and is closed at this moment took nothing of the request: it may be sent again
    outgoing.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' || (outgoing.reusedSocket && error.code === 'ECONNRESET') ? 'refused' : 'cut'))
    outgoing.end(body)
  })
}
