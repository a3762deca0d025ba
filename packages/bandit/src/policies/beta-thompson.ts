import { bestOfBetas } from '../best-of-betas.ts'
import type { ArmTotals, CountsRule } from './counts-policy.ts'

/**
 * Thompson sampling without context for rewards in [0, 1]: an arm's rate is Beta(α₀ + Σr, β₀ + Σ(1 − r)). Rewards outside count as
 * far as Σr stays within [0, n].
 */
export function betaThompsonRule(alpha0: number, beta0: number): CountsRule {
  const alpha = ({ weight, sum }: ArmTotals) => alpha0 + Math.min(Math.max(sum, 0), weight)
  const beta = ({ weight, sum }: ArmTotals) => beta0 + weight - Math.min(Math.max(sum, 0), weight)
  return {
    mean: (arm) => alpha(arm) / (alpha(arm) + beta(arm)),
    probabilities: (_snapshot, totals, available, out) => bestOfBetas(Float64Array.from(totals, alpha), Float64Array.from(totals, beta), available, out),
    exploration(_snapshot, arm) {
      const [a, b] = [alpha(arm), beta(arm)]
      return Math.sqrt((a * b) / (a + b + 1)) / (a + b)
    },
  }
}
