/** Which sums a policy needs. `counts` per arm are always kept: they are cheap and the status pages show them. */
export type StatisticsShape = 'counts' | 'shared' | 'disjoint' | 'hybrid'

/** Sums of one linear regression. All are plain sums over observations, so two of them add field by field. */
export interface Gram {
  readonly d: number
  /** Σ w·xxᵀ, packed lower triangle, d(d+1)/2. */
  readonly matrix: Float64Array
  /** Σ w·r·x */
  readonly vector: Float64Array
  /** Σ w */
  weight: number
  /** Σ w·r² */
  squares: number
}

export interface ArmStatistics {
  /** Observations learned from, unweighted. */
  count: number
  /** Σ w, Σ w·r, Σ w·r² */
  weight: number
  sum: number
  squares: number
  /** `disjoint` and `hybrid`: the arm's own regression on its block. */
  readonly gram: Gram | null
  /** `hybrid`: Σ w·x zᵀ, d × k row-major (Li et al. 2010, Algorithm 2: B_a). */
  readonly cross: Float64Array | null
  /** Grows with every change, so derived values can be kept while it stays. Not part of the saved state. */
  revision: number
}

/**
 * Sufficient statistics of one model, as one log partition's owner keeps them. `d` is the length of the encoder's vector; in a
 * `hybrid` model its first `sharedLength` (k) coordinates are z and the rest x, otherwise `sharedLength` is 0.
 */
export interface ModelStatistics {
  readonly shape: StatisticsShape
  readonly d: number
  readonly sharedLength: number
  /** Observations over all arms, unweighted. */
  count: number
  readonly shared: Gram | null
  readonly arms: Map<string, ArmStatistics>
  revision: number
}
