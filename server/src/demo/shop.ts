import type { CatalogItemInput, PlacementInput } from '@forage/client'

export const categories = ['shoes', 'coats', 'bags', 'watches', 'shirts'] as const
export type Category = (typeof categories)[number]

export interface Product {
  readonly id: string
  readonly category: Category
  /** In euros. */
  readonly price: number
  readonly isNew: boolean
}

const product = (id: string, category: Category, price: number, isNew = false): Product => ({ id, category, price, isNew })

export const products: readonly Product[] = [
  product('trail-runner', 'shoes', 119, true),
  product('canvas-sneaker', 'shoes', 59),
  product('wool-coat', 'coats', 249),
  product('rain-shell', 'coats', 139, true),
  product('leather-tote', 'bags', 189),
  product('day-pack', 'bags', 79, true),
  product('steel-watch', 'watches', 329),
  product('sport-watch', 'watches', 199, true),
  product('linen-shirt', 'shirts', 49),
  product('merino-tee', 'shirts', 69, true),
]

export const catalog: readonly CatalogItemInput[] = products.map(({ id, ...features }) => ({ id, features }))

export const segments = ['runner', 'commuter', 'collector', 'bargain'] as const
export const devices = ['mobile', 'desktop'] as const
export const dayparts = ['morning', 'day', 'evening'] as const

const base = {
  reward: { expression: 'click + 5 * purchase', range: [0, 6], windowSeconds: 2.5, horizonSeconds: 60 },
} satisfies PlacementInput

/** Learns who likes what: one regression for all products, with taste × category and taste × price among its features. */
export const shopHome: PlacementInput = {
  ...base,
  policy: { name: 'linear-thompson', model: 'shared' },
  encoder: {
    kind: 'declared',
    fields: [
      { name: 'segment', from: 'context', type: 'categorical', values: [...segments] },
      { name: 'device', from: 'context', type: 'categorical', values: [...devices] },
      { name: 'daypart', from: 'context', type: 'categorical', values: [...dayparts] },
      { name: 'category', from: 'item', type: 'categorical', values: [...categories] },
      { name: 'price', from: 'item', type: 'numeric', mean: 150, sd: 90 },
      { name: 'isNew', from: 'item', type: 'boolean' },
    ],
    crosses: [['segment', 'category'], ['segment', 'price'], ['segment', 'isNew'], ['daypart', 'category'], ['device', 'price']],
  },
}

/** The same spot without learning: what the shop would earn by chance. */
export const shopHomeUniform: PlacementInput = { ...base, policy: { name: 'uniform' }, encoder: shopHome.encoder }
