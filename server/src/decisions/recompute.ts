import { choose, createStatistics, seeded, type Snapshot } from '@forage/bandit'
import { PlacementBody, type CatalogBody, type RecommendBody } from '@forage/contracts'
import { foldOnce } from '@forage/folding'
import { createLearnerFold, mergeShards } from '@forage/learner'
import { parseSnapshot } from '../audit/snapshot-offsets.ts'
import { encodeCatalog } from '../placements/catalog.ts'
import { buildDefinition, type Definition } from '../placements/definition.ts'
import { encodeCandidates } from '../recommend/candidates.ts'
import { fromBase64 } from '../recommend/record.ts'
import { RowBuffer } from '../recommend/rows.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { explainCandidates, type Explanation } from './explain.ts'
import type { FoundDecision } from './find.ts'

export interface Recomputed {
  readonly basis: 'snapshot' | 'replay'
  /** Every probability and every pick came out again, bit for bit. */
  readonly verified: boolean
  readonly candidates: Explanation[]
}

/** Used without a pause in between: no two recomputations meet in it. */
const buffer = new RowBuffer()

/** Records a single request may refold: about a second. Older decisions are for `forage replay`. */
const MOST_RECORDS = 200_000

/**
 * Makes a logged decision again from its record, the definition and catalog versions it names and the posterior it was made with:
 * the one still in memory, else the log refolded to the snapshot's offsets. `null` when one of them is out of reach.
 */
export async function recomputeDecision(runtime: Runtime, { record, evidence }: FoundDecision): Promise<Recomputed | null> {
  const { documents } = runtime.store
  const stored = await documents.get<PlacementBody>('placement', record.placement, record.version)
  if (stored === null) return null
  const definition = buildDefinition(record.placement, PlacementBody.parse(stored.body), record.version)
  const catalogDocument = evidence.catalogVersion === undefined ? null : await documents.get<CatalogBody>('catalog', record.placement, evidence.catalogVersion)
  if (evidence.catalogVersion !== undefined && catalogDocument === null) return null
  const catalog = catalogDocument === null ? null : encodeCatalog(catalogDocument.body, catalogDocument.version, definition.encoder)
  const remembered = rememberedSnapshot(runtime, definition, record.snapshot)
  const snapshot = remembered ?? (await refold(runtime, definition, record.snapshot))
  if (snapshot === null) return null

  const request = evidence.request as RecommendBody
  const { set } = encodeCandidates(definition, catalog, request, buffer)
  const scored = definition.policy.score(snapshot, set)
  const { picks, probabilities } = choose(scored, { count: request.count ?? 1, floor: definition.spec.floor, rng: seeded(record.id) })
  const logged = fromBase64(evidence.probabilities)
  const verified =
    logged.length === probabilities.length &&
    probabilities.every((p, index) => Object.is(p, logged[index])) &&
    picks.length === record.slate.length &&
    picks.every(({ index, propensity }, slot) => set.ids[index] === record.slate[slot]!.id && Object.is(propensity, record.slate[slot]!.p))
  return { basis: remembered === null ? 'replay' : 'snapshot', verified, candidates: explainCandidates(definition, snapshot, set, scored, probabilities, picks) }
}

function rememberedSnapshot({ servings }: Runtime, { spec, version }: Definition, name: string): Snapshot | null {
  const serving = servings.get(spec.id)
  if (serving === undefined || serving.definition.version !== version) return null
  return serving.ring.find((published) => published.version === name)?.snapshot ?? null
}

async function refold({ log }: Runtime, { policy, model, d, sharedLength }: Definition, name: string): Promise<Snapshot | null> {
  const offsets = parseSnapshot(name, log.partitions)
  if (offsets.reduce((sum, offset) => sum + offset, 0) > MOST_RECORDS) return null
  for (const [partition, offset] of offsets.entries()) if (offset > 0 && (await log.start(partition)) > 0) return null
  const shards = []
  for (const [partition, to] of offsets.entries()) shards.push((await foldOnce({ log, fold: createLearnerFold(), partition, to })).shard)
  const statistics = mergeShards(shards).get(model)
  return policy.derive(statistics ?? createStatistics(policy.shape, d, sharedLength), model)
}
