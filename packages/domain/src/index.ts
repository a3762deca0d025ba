export { createDecisionId, partitionOf, timeOf, type DecisionId } from './decision-id.ts'
export { errorCodes, ForageError, type ErrorCode } from './errors.ts'
export type { Candidate, Features, FeatureValue } from './features.ts'
export { hash32 } from './hash.ts'
export { EXACT_LIMIT, fromUnits, MAX_FEATURE, MAX_REWARD, QUANTUM, quantise, quantiseWithin, toUnits } from './quantise.ts'
export {
  decodeEvidence,
  decodeRecord,
  encodeRecord,
  type ActivationRecord,
  type DecisionEvidence,
  type DecisionRecord,
  type FeedbackRecord,
  type InteractionRecord,
  type PlacementRecord,
  type ShownItem,
  type TickRecord,
} from './records.ts'
export type { Aggregation, EncoderSpec, FieldSource, FieldSpec, LinearModel, PlacementSpec, PolicyName, PolicySpec, RewardSpec } from './spec.ts'
