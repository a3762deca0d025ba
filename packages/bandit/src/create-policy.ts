import { ForageError, type LinearModel, type PolicySpec } from '@forage/domain'
import { kernels as chosen } from './kernels/default.ts'
import type { Kernels } from './kernels/kernels.ts'
import { betaThompsonRule } from './policies/beta-thompson.ts'
import { createCountsPolicy } from './policies/counts-policy.ts'
import { epsilonGreedyRule } from './policies/epsilon-greedy.ts'
import { fixedOrderRule } from './policies/fixed-order.ts'
import { greedyRule } from './policies/greedy.ts'
import { linUcbRule } from './policies/lin-ucb.ts'
import { createLinearPolicy } from './policies/linear-policy.ts'
import { disjointThompson } from './policies/linear-thompson-disjoint.ts'
import { sharedThompson } from './policies/linear-thompson-shared.ts'
import { popularRule } from './policies/popular.ts'
import { softmaxRule } from './policies/softmax.ts'
import { squareCbRule } from './policies/square-cb.ts'
import { ucb1Rule } from './policies/ucb1.ts'
import { uniformRule } from './policies/uniform.ts'
import type { Policy } from './policy.ts'
import { disjointRegression } from './regression/disjoint.ts'
import { hybridRegression } from './regression/hybrid.ts'
import type { Prior } from './regression/posterior.ts'
import type { Dimensions, LinearSnapshot, Regression } from './regression/regression.ts'
import { sharedRegression } from './regression/shared.ts'
import type { StatisticsShape } from './statistics.ts'

/** Which sums the policy of this spec learns from. */
export function statisticsShape(spec: PolicySpec): StatisticsShape {
  return 'model' in spec ? spec.model : 'counts'
}

/** The prior of a linear policy's regressions. Policies that do not look at σ² have some. */
export function priorOf(spec: PolicySpec): Prior {
  const a0b0 = spec.name === 'linear-thompson' ? { a0: spec.a0, b0: spec.b0 } : { a0: 1, b0: 1 }
  return { lambda: 'lambda' in spec ? spec.lambda : 1, ...a0b0 }
}

/**
 * The policy of a spec for vectors of length d. Its snapshots are made by its own `derive` and by no other policy's.
 * @param kernels an audit gives the TypeScript twin
 * @throws ForageError `invalid_policy` when the spec and the dimensions do not fit
 */
export function createPolicy(spec: PolicySpec, dimensions: Dimensions, kernels: Kernels = chosen): Policy {
  const { d } = dimensions
  switch (spec.name) {
    case 'uniform': return sealed(createCountsPolicy(spec, d, uniformRule()))
    case 'fixed-order': return sealed(createCountsPolicy(spec, d, fixedOrderRule()))
    case 'popular': return sealed(createCountsPolicy(spec, d, popularRule()))
    case 'ucb1': return sealed(createCountsPolicy(spec, d, ucb1Rule(spec.exploration)))
    case 'beta-thompson': return sealed(createCountsPolicy(spec, d, betaThompsonRule(spec.alpha0, spec.beta0)))
    case 'linear-thompson': {
      requireLinear(spec.model, dimensions)
      const prior = priorOf(spec)
      if (spec.model === 'hybrid') throw new ForageError('invalid_policy', 'linear-thompson has no hybrid model; use shared or disjoint', { field: 'model' })
      return spec.model === 'shared' ? sealed(sharedThompson(spec, d, prior, kernels)) : sealed(disjointThompson(spec, d, prior, kernels))
    }
    default: {
      requireLinear(spec.model, dimensions)
      const regression = createRegression(spec.model, dimensions, priorOf(spec), kernels)
      const rule = spec.name === 'lin-ucb' ? linUcbRule(spec.alpha, regression) : meansRule(spec)
      return sealed(createLinearPolicy(spec, d, regression, rule, (statistics, _seed, previous) => regression.derive(statistics, previous)))
    }
  }
}

function meansRule(spec: Extract<PolicySpec, { name: 'greedy' | 'epsilon-greedy' | 'softmax' | 'square-cb' }>) {
  switch (spec.name) {
    case 'greedy': return greedyRule()
    case 'epsilon-greedy': return epsilonGreedyRule(spec.epsilon)
    case 'softmax': return softmaxRule(spec.temperature)
    case 'square-cb': return squareCbRule(spec.gammaScale, spec.gammaExponent)
  }
}

function createRegression(model: LinearModel, dimensions: Dimensions, prior: Prior, kernels: Kernels): Regression {
  // Each regression reads only the snapshots that it derived itself, as `createPolicy` promises.
  if (model === 'shared') return sharedRegression(dimensions.d, prior, kernels) as unknown as Regression
  if (model === 'disjoint') return disjointRegression(dimensions.d, prior, kernels) as unknown as Regression
  return hybridRegression(dimensions, prior, kernels) as unknown as Regression<LinearSnapshot>
}

function requireLinear(model: LinearModel, { d, sharedLength }: Dimensions): void {
  if (!(d >= 1)) throw new ForageError('invalid_policy', 'a linear policy needs features: the encoder gives none', { field: 'encoder', d })
  if (model === 'hybrid' && !(sharedLength > 0 && sharedLength < d))
    throw new ForageError('invalid_policy', `a hybrid model needs coordinates of both kinds: ${sharedLength} of ${d} are shared`, { field: 'model', d, sharedLength })
}

const sealed = <S>(policy: S) => policy as unknown as Policy
