/** Definitions that people write in `forage.yaml` or send to `/api/placements`: rules, no state. Every field is present here;
 * defaults are applied where they are parsed (`@forage/contracts`). */

/** How the regression is shared between candidates. */
export type LinearModel = 'shared' | 'disjoint' | 'hybrid'

interface LinearSettings {
  /** Which statistics the regression keeps: one for all candidates, one per arm, or shared features + a block per arm. */
  readonly model: LinearModel
  /** Ridge precision λ of the prior N(0, λ⁻¹I). */
  readonly lambda: number
  /** Candidates with fewer learned observations than this are shown first, uniformly among them. */
  readonly initialPulls: number
}

export type PolicySpec =
  | ({
      readonly name: 'linear-thompson'
      /** `nig`: the noise is learned (Normal-Inverse-Gamma); `known`: the noise variance is `variance`. */
      readonly noise: 'nig' | 'known'
      readonly a0: number
      readonly b0: number
      readonly variance: number
      /** Posterior draws in a snapshot of the shared model. */
      readonly draws: number
    } & LinearSettings)
  | ({ readonly name: 'lin-ucb'; readonly alpha: number } & LinearSettings)
  | ({ readonly name: 'greedy' } & LinearSettings)
  | ({ readonly name: 'epsilon-greedy'; readonly epsilon: number } & LinearSettings)
  | ({ readonly name: 'softmax'; readonly temperature: number } & LinearSettings)
  | ({ readonly name: 'square-cb'; readonly gammaScale: number; readonly gammaExponent: number } & LinearSettings)
  | { readonly name: 'uniform' }
  | { readonly name: 'beta-thompson'; readonly alpha0: number; readonly beta0: number }
  | { readonly name: 'ucb1'; readonly exploration: number }
  | { readonly name: 'popular' }
  | { readonly name: 'fixed-order' }

export type PolicyName = PolicySpec['name']

export type FieldSource = 'context' | 'item'

/** One field of a declared encoder. `name` is a key of the context's or the candidate's features. */
export type FieldSpec = { readonly name: string; readonly from: FieldSource } & (
  | {
      readonly type: 'numeric'
      readonly mean: number
      readonly sd: number
      readonly clip: number
      /** Ascending edges: the number also says, one-hot, which of the intervals between them it lies in. What is not linear needs it. */
      readonly bins?: readonly number[] | undefined
    }
  | { readonly type: 'boolean' }
  | { readonly type: 'categorical'; readonly values: readonly string[] }
  | { readonly type: 'hashed'; readonly buckets: number }
  | { readonly type: 'vector'; readonly length: number; readonly scale: number; readonly clip: number }
)

export type EncoderSpec =
  | {
      readonly kind: 'declared'
      readonly intercept: boolean
      readonly fields: readonly FieldSpec[]
      /** Products of a context field's coordinates with an item field's coordinates: [context field, item field]. */
      readonly crosses: readonly (readonly [string, string])[]
    }
  | {
      /** Any JSON features, hashed with signs into `dimension` coordinates; `interactions` adds context × item pairs. */
      readonly kind: 'hashed'
      readonly dimension: number
      readonly interactions: boolean
      readonly intercept: boolean
    }

export type Aggregation = 'sum' | 'first' | 'last' | 'max' | 'min' | 'mean'

export interface RewardSpec {
  /** A mathjs expression over event names, e.g. `click + 5 * purchase`. An event that did not happen is 0. */
  readonly expression: string
  /** How several values of one event become one number. */
  readonly aggregation: Aggregation
  /** The reward of a decision without any feedback at the end of its window. */
  readonly defaultReward: number
  /** Rewards are clipped to [min, max]. */
  readonly range: readonly [number, number]
  /** `unit`: the model learns (r − min) / (max − min), which makes settings independent of the reward's scale. */
  readonly scaling: 'none' | 'unit'
  /** W: a decision is learned from this long after it was made. */
  readonly windowSeconds: number
  /** L: feedback up to this long after the decision corrects what was learned; later feedback is only counted. */
  readonly horizonSeconds: number
}

export interface PlacementSpec {
  readonly id: string
  readonly policy: PolicySpec
  readonly encoder: EncoderSpec
  readonly reward: RewardSpec
  /** Share of every draw that is spread uniformly over the candidates. */
  readonly floor: number
  /** Forgetting: an observation's weight halves in this time; `null` remembers for ever. */
  readonly halfLifeSeconds: number | null
  /** `acknowledged` answers only when the decision is durable; `buffered` does not wait (≤ 10 ms of decisions at risk). */
  readonly decisionDurability: 'buffered' | 'acknowledged'
  /** Of a slate: does every shown item count as seen, or only those down to the last one with feedback? */
  readonly examined: 'all' | 'clicked-and-above'
  /** Default deadline of a request to this placement. */
  readonly timeoutMs: number
}
