export type { Kernels } from './kernels/kernels.ts'
export type { CandidateSet, Policy, Scored, Snapshot } from './policy.ts'
export type { ArmStatistics, Gram, ModelStatistics, StatisticsShape } from './statistics.ts'
