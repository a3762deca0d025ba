import { Id } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import type { RequestHandler } from 'express'
import { sendJson } from '../http/answer.ts'
import { parseWith } from '../http/validator.ts'
import { policyOf } from '../recommend/reply.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { decisionAt, findDecision, type FoundDecision } from './find.ts'
import { recomputeDecision } from './recompute.ts'

/** GET /decisions/:id: the decision as logged, and recomputed as proof and explanation. */
export function decisionHandler(runtime: Runtime): RequestHandler {
  return async (request, response) => {
    const id = parseWith(Id, request.params['id'], 'id')
    const found = (await fromKnown(runtime, id)) ?? (await findDecision(runtime.log, id))
    if (found === null) throw new ForageError('unknown_decision', `no decision ${id} is in the log`, { field: 'id' })
    const { record, evidence, partition, offset, time } = found
    sendJson(response, 200, {
      decisionId: id,
      position: `${partition}:${offset}`,
      decidedAt: new Date(time).toISOString(),
      placement: record.placement,
      placementVersion: record.version,
      policy: policyOf(record.model),
      model: record.model,
      snapshotVersion: record.snapshot,
      deferred: record.deferred,
      request: evidence.request,
      slate: record.slate.map(({ id: item, p }, slot) => ({ id: item, position: slot + 1, propensity: p })),
      explanation: await recomputeDecision(runtime, found),
    })
  }
}

/** What the processes have told each other. The log is the truth: without the store it is searched. */
async function fromKnown({ known, log }: Runtime, id: string): Promise<FoundDecision | null> {
  if (!known.shared) return null
  try {
    const position = await known.find(id)
    return position === null ? null : await decisionAt(log, position, id)
  } catch {
    return null
  }
}
