import type { Snapshot } from '@forage/bandit'
import type { Catalog } from '../placements/catalog.ts'
import type { Definition } from '../placements/definition.ts'

/** A snapshot with the log offsets it was derived from: `partition:offset,…`, empty for the prior. */
export interface Published {
  readonly version: string
  readonly snapshot: Snapshot
}

/** What requests to one placement read. Everything mutable is replaced whole, by one field write. */
export interface Serving {
  readonly definition: Definition
  catalog: Catalog | null
  current: Published
  /** Sum of the shards' revisions that `current` was derived from; 0 for the prior. */
  revision: number
  /** Newest last: decisions made a moment ago are explained from here. */
  readonly ring: Published[]
  /** Decisions since the process started. */
  decisions: number
  /** Parts of the log record that do not change. */
  readonly recordText: { readonly placement: string; readonly tail: string }
}

export const RING = 64

export function createServing(definition: Definition, catalog: Catalog | null, current: Published): Serving {
  const { spec, version, model } = definition
  return {
    definition,
    catalog,
    current,
    revision: 0,
    ring: [current],
    decisions: 0,
    recordText: { placement: JSON.stringify(spec.id), tail: `,"version":${version},"model":${JSON.stringify(model)},"snapshot":` },
  }
}
