/**
 * The register of everything our packages can refuse or fail at. Packages know codes; only the server knows HTTP.
 * Each code has a section in `docs/errors.md`, held by a test.
 */
export const errorCodes = {
  invalid_request: { retryable: false, meaning: 'the request does not match its schema' },
  malformed_json: { retryable: false, meaning: 'the body is not JSON' },
  unsupported_media_type: { retryable: false, meaning: 'the body is not application/json' },
  body_too_large: { retryable: false, meaning: 'the body is larger than the limit' },
  not_found: { retryable: false, meaning: 'nothing lives at this address' },
  method_not_allowed: { retryable: false, meaning: 'this address does not answer this method' },
  unknown_placement: { retryable: false, meaning: 'no placement has this id' },
  unknown_decision: { retryable: false, meaning: 'no decision with this id is in the log' },
  unknown_item: { retryable: false, meaning: 'the decision did not show this item, or the catalog does not hold it' },
  no_candidates: { retryable: false, meaning: 'no candidate is left to choose from' },
  duplicate_candidate: { retryable: false, meaning: 'two candidates have the same id' },
  invalid_feature: { retryable: false, meaning: 'a feature has the wrong type, length or range' },
  invalid_reward_expression: { retryable: false, meaning: 'the reward expression does not compile or uses what it may not' },
  invalid_policy: { retryable: false, meaning: 'the policy name or its settings are not valid' },
  invalid_spec: { retryable: false, meaning: 'a placement, policy, encoder or reward definition is not valid' },
  decision_conflict: { retryable: false, meaning: 'this decision id was already used for another request' },
  feedback_conflict: { retryable: false, meaning: 'this feedback id was already used with other content' },
  version_conflict: { retryable: true, meaning: 'another writer changed the document first' },
  fenced: { retryable: false, meaning: 'a newer owner of this partition has taken over' },
  log_unavailable: { retryable: true, meaning: 'the event log cannot accept or read records now' },
  store_unavailable: { retryable: true, meaning: 'the store cannot be read or written now' },
  corrupt_state: { retryable: false, meaning: 'saved bytes fail their checksum, version or shape' },
  unreadable_record: { retryable: false, meaning: 'a log record cannot be decoded' },
  not_a_distribution: { retryable: false, meaning: 'weights are negative or do not sum to 1' },
  shape_mismatch: { retryable: false, meaning: 'vector or matrix sizes disagree' },
  not_positive_definite: { retryable: false, meaning: 'the precision matrix lost its inverse' },
  overloaded: { retryable: true, meaning: 'the service sheds load' },
  shutting_down: { retryable: true, meaning: 'the service is stopping' },
  timeout: { retryable: true, meaning: 'the answer did not come in time' },
  internal: { retryable: false, meaning: 'a defect in Forage' },
} as const

export type ErrorCode = keyof typeof errorCodes

/** The only error class our packages throw on purpose. `details` is for logs and tests, `message` for people. */
export class ForageError extends Error {
  override readonly name = 'ForageError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.details = details
  }
}
