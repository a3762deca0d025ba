/** A feature as JSON carries it. Nested objects are for the schema-free encoder only. */
export type FeatureValue = number | string | boolean | null | readonly FeatureValue[] | { readonly [name: string]: FeatureValue }

export type Features = { readonly [name: string]: FeatureValue }

/** An item that may be shown. */
export interface Candidate {
  readonly id: string
  readonly features: Features
}
