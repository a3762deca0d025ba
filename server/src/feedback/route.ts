import { Id } from '@forage/contracts'
import { encodeRecord, partitionOf } from '@forage/domain'
import type { RequestHandler } from 'express'
import { sendJson } from '../http/answer.ts'
import { readJson } from '../http/body.ts'
import { parseWith } from '../http/validator.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { whereabouts } from './acceptor.ts'
import { feedbackEvents } from './request.ts'

/** POST /feedback: answers once everything accepted is durable. Nothing is learned inside the request. */
export function feedbackHandler({ feedback, meter }: Runtime, limit: number): RequestHandler {
  return async (request, response) => {
    const results = await feedback.accept(feedbackEvents(await readJson(request, limit)))
    for (const { status } of results) meter.feedback[status] += 1
    sendJson(response, 202, { results })
  }
}

/** POST /decisions/:id/activate. Like feedback, it need not know the decision. */
export function activateHandler({ log, intake }: Runtime): RequestHandler {
  return async (request, response) => {
    const decisionId = parseWith(Id, request.params['id'], 'id')
    const taken = await intake.take(partitionOf(decisionId, log.partitions), encodeRecord({ v: 1, kind: 'activation', decisionId }))
    sendJson(response, 202, { decisionId, ...whereabouts(taken) })
  }
}
