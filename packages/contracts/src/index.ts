export {
  ActivateReply,
  FeedbackBatch,
  FeedbackBody,
  FeedbackEvent,
  FeedbackReply,
  FeedbackResult,
} from './feedback.ts'
export { LiveReply } from './live.ts'
export { DecisionReply, ItemPosterior, LearningReply, PosteriorReply, WaitQuery, WaitReply } from './learning.ts'
export {
  CatalogBody,
  CatalogItem,
  CatalogReply,
  EncoderSpec,
  FieldSpec,
  ForageFile,
  PlacementBody,
  PlacementReply,
  PlacementsReply,
  RewardSpec,
} from './placement.ts'
export { PolicySpec } from './policy-spec.ts'
export { EventName, Features, FeatureValue, Id, Name, Position } from './primitives.ts'
export { Problem } from './problem.ts'
export { CandidateBody, CandidateExplanation, RecommendBody, RecommendedItem, RecommendReply } from './recommend.ts'
export { RunReport } from './run-report.ts'
