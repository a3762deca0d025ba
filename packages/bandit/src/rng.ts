import { hash32 } from '@forage/domain'

/** A source of chance. Made fresh from a seed for each decision; never shared between decisions. */
export interface Rng {
  /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** Gamma with this shape (> 0) and scale 1. */
  gamma(shape: number): number
}

/**
 * A generator that gives the same numbers for the same seed on every machine. Cheap enough to be made once per decision.
 * 64 bits of the seed's hash are spread over the state: two seeds in 2⁶⁴ share a stream. Not for secrets.
 */
export function seeded(seed: string | number): Rng {
  const text = typeof seed === 'string' ? seed : String(seed)
  return new Xoshiro(hash32(text, 0x9e3779b9), hash32(text, 0x85ebca6b))
}

/** xoshiro128** 1.1 (Blackman and Vigna 2018, "Scrambled linear pseudorandom number generators"). */
class Xoshiro implements Rng {
  #a: number
  #b: number
  #c: number
  #d: number
  #spare = Number.NaN

  constructor(high: number, low: number) {
    this.#a = scramble(high)
    this.#b = scramble(low ^ 0x6a09e667)
    this.#c = scramble(high + Math.imul(low, 0x9e3779b1) + 0x3c6ef372)
    this.#d = scramble(low + Math.imul(high, 0x85ebca77)) | 1 // never all zero
  }

  #next(): number {
    const scaled = Math.imul(this.#b, 5)
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9)
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  uniform(): number {
    const high = this.#next() >>> 5
    const low = this.#next() >>> 6
    return (high * 0x4000000 + low) * 2 ** -53
  }

  /** Marsaglia's polar method: two normals from one accepted point, the second kept for the next call. */
  normal(): number {
    const spare = this.#spare
    if (spare === spare) {
      this.#spare = Number.NaN
      return spare
    }
    for (;;) {
      const x = 2 * this.uniform() - 1
      const y = 2 * this.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const stretch = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = y * stretch
      return x * stretch
    }
  }

  /** Marsaglia and Tsang 2000, "A simple method for generating gamma variables"; below shape 1 by their boost U^(1/shape). */
  gamma(shape: number): number {
    if (shape < 1) {
      const boost = (1 - this.uniform()) ** (1 / shape)
      return this.gamma(shape + 1) * boost
    }
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v <= 0) continue
      const u = 1 - this.uniform()
      if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
    }
  }
}

/** The finaliser of MurmurHash3: every input bit reaches every output bit. */
function scramble(word: number): number {
  let x = word | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}
