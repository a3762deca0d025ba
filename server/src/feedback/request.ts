import { FeedbackBatch, FeedbackEvent } from '@forage/contracts'
import { refusal } from '../http/problem.ts'
import { compileValidator } from '../http/validator.ts'

const checkOne = compileValidator(FeedbackEvent)
const checkBatch = compileValidator(FeedbackBatch)

/** The events of a body: one, or a batch. @throws ForageError `invalid_request` naming the field */
export function feedbackEvents(body: unknown): readonly FeedbackEvent[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refusal('invalid_request', [{ field: 'body', message: 'must be an object' }])
  const batch = Object.hasOwn(body, 'events')
  const fault = batch ? checkBatch(body) : checkOne(body)
  if (fault !== null) throw fault
  return batch ? (body as { events: FeedbackEvent[] }).events : [body as FeedbackEvent]
}
