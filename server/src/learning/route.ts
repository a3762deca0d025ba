import { WaitQuery } from '@forage/contracts'
import type { RequestHandler } from 'express'
import { sendJson } from '../http/answer.ts'
import { refusal } from '../http/problem.ts'
import { parseWith } from '../http/validator.ts'
import { servingOf } from '../placements/route.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { posteriorOf } from './posterior.ts'

export function posteriorHandler(runtime: Runtime): RequestHandler {
  return (request, response) => sendJson(response, 200, posteriorOf(servingOf(runtime, request), runtime.publisher))
}

export function learningHandler(runtime: Runtime): RequestHandler {
  return async (_, response) => {
    const partitions = await runtime.partitions()
    sendJson(response, 200, { partitions, digest: runtime.digest(), counters: runtime.counters() })
  }
}

export function waitHandler({ log, publisher }: Runtime): RequestHandler {
  return async (request, response) => {
    const { position, timeoutMs, hurry } = parseWith(WaitQuery, request.query)
    const [partition, offset] = position.split(':').map(Number) as [number, number]
    if (partition >= log.partitions) throw refusal('invalid_request', [{ field: 'position', message: `there are ${log.partitions} partitions` }])
    sendJson(response, 200, { position, learned: await publisher.wait(partition, offset, timeoutMs, hurry === 'true') })
  }
}
