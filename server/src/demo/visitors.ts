import seedrandom from 'seedrandom'
import { dayparts, segments, type Category, type devices, type Product } from './shop.ts'

export type Segment = (typeof segments)[number]
export type Device = (typeof devices)[number]
export type Daypart = (typeof dayparts)[number]

export interface Visitor {
  readonly number: number
  readonly userId: string
  readonly context: { readonly segment: Segment; readonly device: Device; readonly daypart: Daypart }
  /** True for the share of visitors that sees products drawn by chance. */
  readonly control: boolean
}

/** Share of visitors that `shop-home-uniform` serves. */
const CONTROL_SHARE = 0.2
const PEOPLE = 4000

/** Visitor number n of this world: the same in every run, on every machine. */
export function visitorOf(number: number): Visitor {
  const random = seedrandom(`visitor ${number}`)
  const person = Math.floor(random() * PEOPLE)
  return {
    number,
    userId: `visitor-${person}`,
    context: {
      segment: segments[person % segments.length]!, // a person keeps a taste
      device: random() < 0.6 ? 'mobile' : 'desktop',
      daypart: dayparts[Math.floor(random() * dayparts.length)]!,
    },
    control: random() < CONTROL_SHARE,
  }
}

// The truth that the policy has to find, in log odds of a click.
const BASE = -2.6
const likes: Record<Segment, Partial<Record<Category, number>>> = {
  runner: { shoes: 2, watches: 0.6, coats: -0.8 },
  commuter: { coats: 1.7, bags: 1.1, watches: -0.6 },
  collector: { watches: 2, bags: 0.7, shirts: -1 },
  bargain: { shirts: 1.8, shoes: 0.4, watches: -1 },
}
const moments: Record<Daypart, Partial<Record<Category, number>>> = {
  morning: { shoes: 0.4, coats: 0.4 },
  day: { bags: 0.3 },
  evening: { watches: 0.5, shirts: 0.3, coats: -0.4 },
}
/** Change per 90 euros above 150. */
const priceTaste: Record<Segment, number> = { runner: -0.2, commuter: 0, collector: 0.5, bargain: -0.9 }
const newness: Record<Segment, number> = { runner: 0.7, commuter: 0.3, collector: -0.5, bargain: 0 }

/** Chance that this visitor clicks this product. */
export function clickProbability({ context: { segment, device, daypart } }: Visitor, { category, price, isNew }: Product): number {
  const dearness = (price - 150) / 90
  const taste = (likes[segment][category] ?? 0) + (moments[daypart][category] ?? 0) + (isNew ? newness[segment] : 0)
  return logistic(BASE + taste + dearness * (priceTaste[segment] - (device === 'mobile' ? 0.2 : 0)))
}

/** Chance that a click becomes a purchase. */
export function purchaseProbability({ context: { segment, device } }: Visitor, { category }: Product): number {
  return logistic(-2.6 + 0.6 * (likes[segment][category] ?? 0) + (device === 'desktop' ? 0.4 : 0))
}

/** Mean reward of showing the product, `click + 5 * purchase`. */
export function expectedReward(visitor: Visitor, product: Product): number {
  return clickProbability(visitor, product) * (1 + 5 * purchaseProbability(visitor, product))
}

/** What the visitor does with a product. A visitor's luck does not depend on the product, so two policies meet the same luck. */
export function reactionOf(visitor: Visitor, product: Product): readonly ('click' | 'purchase')[] {
  const random = seedrandom(`reaction ${visitor.number}`)
  const [clickLuck, purchaseLuck] = [random(), random()]
  if (clickLuck >= clickProbability(visitor, product)) return []
  return purchaseLuck < purchaseProbability(visitor, product) ? ['click', 'purchase'] : ['click']
}

function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}
