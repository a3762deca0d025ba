import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ForageError } from '@forage/domain'
import type { Exposition } from '../http/operation.ts'
import { sendProblem } from '../http/problem.ts'
import type { Learner } from './learner.ts'

export interface LearnerServerParts {
  readonly learner: Learner
  readonly metrics: Exposition
  readonly version: string
  readonly host: string
  readonly port: number
  readonly stopping: () => boolean
}

/** A learner's own small HTTP: /livez, /readyz, /metrics and /api/learning. Read-only, for probes and people. */
export async function listenForProbes({ learner, metrics, version, host, port, stopping }: LearnerServerParts): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      const text = JSON.stringify(body)
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'x-content-type-options': 'nosniff' }).end(request.method === 'HEAD' ? undefined : text)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendProblem(response, new ForageError('method_not_allowed', `${request.method} is not answered here, but GET, HEAD`, { allow: 'GET, HEAD' }))
    switch (request.url?.split('?', 1)[0]) {
      case '/livez': return answer(200, { status: 'ok' })
      case '/readyz': return readyz(learner, stopping(), answer)
      case '/version': return answer(200, { name: 'forage', version, node: process.version })
      case '/api/learning': return answer(200, { members: learner.fold.members, partitions: partitionsOf(learner), counters: learner.counters() })
      case '/metrics':
        return void metrics.metrics().then(
          (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
          (cause: unknown) => sendProblem(response, new ForageError('internal', 'the metrics cannot be read', {}, { cause })),
        )
      default: return sendProblem(response, new ForageError('not_found', 'a learner answers /livez, /readyz, /metrics, /version and /api/learning', { field: 'path' }))
    }
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`, server }
}

/** Ready once it is a member, whether or not a partition is left for it; with the store away it is not working. */
function readyz({ fold }: Learner, stopping: boolean, answer: (status: number, body: unknown) => void): void {
  const joined = fold.members.length > 0
  answer(joined && !stopping ? 200 : 503, { status: stopping ? 'stopping' : joined ? 'ready' : 'starting', members: fold.members.length, owned: fold.owned })
}

function partitionsOf({ fold, end, lag }: Learner) {
  return fold.owned.map((partition) => ({
    partition, end: end(partition), applied: fold.position(partition), checkpoint: fold.saved(partition), lag: lag(partition), openDecisions: fold.shard(partition)?.openDecisions ?? 0,
    failure: fold.failure(partition) === null ? null : String((fold.failure(partition) as Error).message),
  }))
}
