import { ForageApiError, type ForageClient } from '@forage/client'
import { catalog, products, shopHome, shopHomeUniform } from './shop.ts'
import { reactionOf, visitorOf, type Visitor } from './visitors.ts'

export const LEARNED = 'shop-home'
export const CONTROL = 'shop-home-uniform'

const productOf = new Map(products.map((product) => [product.id, product]))

/** Defines what is missing; what someone changed stays as it is. */
export async function openShop(client: ForageClient, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal }
  for (const [id, placement] of [[LEARNED, shopHome], [CONTROL, shopHomeUniform]] as const) {
    const known = await client.placement(id, options).catch((error: unknown) => {
      if (error instanceof ForageApiError && error.status === 404) return null
      throw error
    })
    if (known !== null) continue
    await client.putPlacement(id, placement, options)
    await client.putItems(id, catalog, options)
  }
}

/** How many visitors the shop has learned from: the number of the next one. */
export async function visitorsSoFar(client: ForageClient, signal?: AbortSignal): Promise<number> {
  const options = signal === undefined ? {} : { signal }
  const [learned, control] = await Promise.all([client.posterior(LEARNED, options), client.posterior(CONTROL, options)])
  return learned.observations + control.observations
}

export interface Shown {
  readonly visitor: Visitor
  readonly decisionId: string
  readonly itemId: string
}

/**
 * The visitor arrives and is shown a product.
 * @param id a decision id, for runs that are to be repeated to the letter; a fresh one otherwise
 */
export async function arrive(client: ForageClient, number: number, { id = null, signal }: { id?: string | null; signal?: AbortSignal } = {}): Promise<Shown> {
  const visitor = visitorOf(number)
  const { userId, context, control } = visitor
  const options = signal === undefined ? {} : { signal }
  const { decisionId, items } = await client.recommend({ placement: control ? CONTROL : LEARNED, userId, context, count: 1, decisionId: id }, options)
  return { visitor, decisionId, itemId: items[0]!.id }
}

/**
 * The visitor clicks, buys, or does nothing; returns the reward. A product that someone added to the catalog is not in this world's
 * truth: nobody clicks it.
 * @param leave tells the server that nothing more will come, so that it learns at once instead of at the end of the reward window
 */
export async function react(client: ForageClient, { visitor, decisionId, itemId }: Shown, { leave = false, signal }: { leave?: boolean; signal?: AbortSignal } = {}) {
  const product = productOf.get(itemId)
  const reaction = product === undefined ? [] : reactionOf(visitor, product)
  const events = [...reaction, ...(leave ? ['leave'] : [])].map((event) => ({ decisionId, itemId, event, ...(event === 'leave' ? { final: true } : {}) }))
  const results = events.length === 0 ? [] : await client.feedback(events, signal === undefined ? {} : { signal })
  return { reward: reaction.length === 2 ? 6 : reaction.length, position: results.at(-1)?.position }
}
