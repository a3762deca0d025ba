import { z } from 'zod'
import { Features, Id, Name } from './primitives.ts'
import { PolicySpec } from './policy-spec.ts'

const FieldName = z.string().min(1).max(128)
const field = { name: FieldName, from: z.enum(['context', 'item']) }

export const FieldSpec = z.discriminatedUnion('type', [
  z.strictObject({
    ...field,
    type: z.literal('numeric'),
    mean: z.number().default(0),
    sd: z.number().positive().default(1),
    clip: z.number().positive().max(64).default(8),
    bins: z.array(z.number()).min(1).max(255).optional().meta({ description: 'Ascending edges; adds one coordinate for each interval between them' }),
  }),
  z.strictObject({ ...field, type: z.literal('boolean') }),
  z.strictObject({ ...field, type: z.literal('categorical'), values: z.array(z.string().max(1024)).min(1).max(1024) }),
  z.strictObject({ ...field, type: z.literal('hashed'), buckets: z.int().min(1).max(1024) }),
  z.strictObject({
    ...field,
    type: z.literal('vector'),
    length: z.int().min(1).max(1024),
    scale: z.number().positive().default(1),
    clip: z.number().positive().max(64).default(8),
  }),
])

export const EncoderSpec = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('declared'),
      intercept: z.boolean().default(true),
      fields: z.array(FieldSpec).max(256),
      crosses: z.array(z.tuple([FieldName, FieldName])).max(256).default([]),
    }),
    z.strictObject({
      kind: z.literal('hashed'),
      dimension: z.int().min(8).max(1024).default(128),
      interactions: z.boolean().default(true),
      intercept: z.boolean().default(true),
    }),
  ])
  .meta({ id: 'EncoderSpec' })

export const RewardSpec = z
  .strictObject({
    expression: z.string().min(1).max(1000).default('reward').meta({ description: 'mathjs over event names, e.g. `click + 5 * purchase`' }),
    aggregation: z.enum(['sum', 'first', 'last', 'max', 'min', 'mean']).default('sum'),
    defaultReward: z.number().min(-4096).max(4096).default(0),
    range: z
      .tuple([z.number().min(-4096).max(4096), z.number().min(-4096).max(4096)])
      .default([0, 1])
      .refine(([low, high]) => low < high, 'must be [min, max] with min < max'),
    scaling: z.enum(['none', 'unit']).default('none'),
    windowSeconds: z.number().min(0).max(604_800).default(600),
    horizonSeconds: z.number().min(0).max(2_592_000).default(86_400),
  })
  .refine(({ windowSeconds, horizonSeconds }) => horizonSeconds >= windowSeconds, { path: ['horizonSeconds'], message: 'must not be shorter than windowSeconds' })
  .meta({ id: 'RewardSpec' })

export const PlacementBody = z
  .strictObject({
    policy: PolicySpec.prefault({ name: 'linear-thompson' }),
    encoder: EncoderSpec.prefault({ kind: 'hashed' }),
    reward: RewardSpec.prefault({}),
    floor: z.number().min(0).max(1).default(0.02),
    halfLifeSeconds: z.number().positive().max(31_536_000).nullable().default(null),
    decisionDurability: z.enum(['buffered', 'acknowledged']).default('buffered'),
    examined: z.enum(['all', 'clicked-and-above']).default('all'),
    timeoutMs: z.int().min(1).max(10_000).default(50),
  })
  .meta({ id: 'PlacementBody' })
export type PlacementBody = z.infer<typeof PlacementBody>

export const PlacementReply = PlacementBody.extend({ id: Name, version: z.int().min(1) }).meta({ id: 'PlacementReply' })
export type PlacementReply = z.infer<typeof PlacementReply>
export const PlacementsReply = z.strictObject({ placements: z.array(PlacementReply) }).meta({ id: 'PlacementsReply' })

export const CatalogItem = z.strictObject({ id: Id, features: Features.default({}) })
export const CatalogBody = z.strictObject({ items: z.array(CatalogItem).max(10_000) }).meta({ id: 'CatalogBody' })
export type CatalogBody = z.infer<typeof CatalogBody>
export const CatalogReply = z.strictObject({ placement: z.string(), version: z.int().min(0), items: z.array(CatalogItem) }).meta({ id: 'CatalogReply' })
export type CatalogReply = z.infer<typeof CatalogReply>

/** `forage.yaml`: definitions only; addresses and secrets come from the environment. */
export const ForageFile = z
  .strictObject({ placements: z.record(Name, PlacementBody).default({}), catalogs: z.record(Name, z.array(CatalogItem).max(10_000)).default({}) })
  .meta({ id: 'ForageFile' })
export type ForageFile = z.infer<typeof ForageFile>
