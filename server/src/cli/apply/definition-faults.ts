import { compileReward } from '@forage/bandit'
import { CatalogItem, PlacementBody } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import { createEncoder, type Encoder } from '@forage/features'
import { encodeItem } from '../../placements/catalog.ts'
import { buildDefinition } from '../../placements/definition.ts'

export interface DefinitionFault {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/**
 * Every fault that no schema can see: encoders, expressions, policies that do not go together, items that their encoder refuses. Takes the
 * file as it was written, so that a fault of one part does not hide those of another.
 */
export function definitionFaults(file: unknown): DefinitionFault[] {
  const { placements, catalogs } = (isMapping(file) ? file : {}) as { placements?: unknown; catalogs?: unknown }
  const faults: DefinitionFault[] = []
  const encoders = new Map<string, Encoder | null>()
  for (const [id, body] of isMapping(placements) ? Object.entries(placements) : []) encoders.set(id, placementFaults(id, body, faults))
  for (const [id, items] of isMapping(catalogs) ? Object.entries(catalogs) : []) if (Array.isArray(items)) itemFaults(id, items, encoders.get(id) ?? null, faults)
  return faults
}

/** @returns the encoder, when there is one */
function placementFaults(id: string, body: unknown, faults: DefinitionFault[]): Encoder | null {
  if (!isMapping(body)) return null
  const at = (place: string) => ['placements', id, ...place.split('.').map(keyOf)]
  const reward = body['reward']
  const expression = isMapping(reward) ? reward['expression'] : undefined
  const before = faults.length
  if (typeof expression === 'string') attempt(() => compileReward(expression), at('reward.expression'), faults)
  const spec = PlacementBody.shape.encoder.safeParse(body['encoder'])
  const encoder = spec.success ? attempt(() => createEncoder(spec.data), at('encoder'), faults) : null
  const whole = PlacementBody.safeParse(body)
  if (whole.success && faults.length === before) attempt(() => buildDefinition(id, whole.data, 0), at('policy'), faults) // policy and encoder together
  return encoder
}

function itemFaults(placement: string, items: readonly unknown[], encoder: Encoder | null, faults: DefinitionFault[]): void {
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const path = ['catalogs', placement, index]
    const parsed = CatalogItem.safeParse(item)
    if (!parsed.success) continue
    const { id, features } = parsed.data
    if (seen.has(id)) faults.push({ path: [...path, 'id'], message: 'is the id of an earlier item' })
    seen.add(id)
    if (encoder !== null) attempt(() => encodeItem(encoder, features, () => 'features'), path, faults)
  }
}

/** Rules name the place within their own part (`fields[2].sd`, `features.price`) and often say it again in front of their message. */
function attempt<T>(rule: () => T, part: readonly PropertyKey[], faults: DefinitionFault[]): T | null {
  try {
    return rule()
  } catch (error) {
    if (!(error instanceof ForageError)) throw error
    const { path, field } = error.details
    const place = typeof path === 'string' ? path : typeof field === 'string' ? field : ''
    const within = place.replaceAll(/\[(\d+)\]/g, '.$1').split('.').filter((key) => key !== '').map(keyOf)
    const words = error.message.replace(/^(encoder|reward expression): /, '')
    faults.push({ path: [...part, ...within], message: words.startsWith(place) ? words.slice(place.length).replace(/^:? /, '') : words })
    return null
  }
}

const keyOf = (text: string): PropertyKey => (/^\d+$/.test(text) ? Number(text) : text)
const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
