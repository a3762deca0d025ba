import { describe, expect, it } from 'vitest'
import { seeded } from './rng.ts'

const n = 200_000
const moments = (next: () => number) => {
  let [sum, squares] = [0, 0]
  for (let index = 0; index < n; index++) {
    const value = next()
    sum += value
    squares += value * value
  }
  return { mean: sum / n, variance: squares / n - (sum / n) ** 2 }
}

describe('seeded', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const take = (seed: string | number) => {
      const rng = seeded(seed)
      return [rng.uniform(), rng.normal(), rng.normal(), rng.gamma(3), rng.gamma(0.3)]
    }
    expect(take('decision-1')).toEqual(take('decision-1'))
    expect(take(7)).toEqual(take('7'))
    expect(take('decision-1')).not.toEqual(take('decision-2'))
  })

  it('keeps its numbers across releases: logged decisions are replayed with them', () => {
    const rng = seeded('golden')
    expect([rng.uniform(), rng.uniform()].map((u) => u * 2 ** 53)).toEqual([6302652385550470, 874047826340269])
  })

  // Bounds are five standard errors: a right build fails one seed in 1.7 million.
  it.each([
    ['uniform', (seed: string) => { const rng = seeded(seed); return () => rng.uniform() }, 0.5, 1 / 12, Math.sqrt(1 / 180)],
    ['normal', (seed: string) => { const rng = seeded(seed); return () => rng.normal() }, 0, 1, Math.SQRT2],
    ['gamma(3)', (seed: string) => { const rng = seeded(seed); return () => rng.gamma(3) }, 3, 3, Math.sqrt(3 ** 2 * 2 + 6 * 3)],
    ['gamma(0.4)', (seed: string) => { const rng = seeded(seed); return () => rng.gamma(0.4) }, 0.4, 0.4, Math.sqrt(0.4 ** 2 * 2 + 6 * 0.4)],
    ['the first number of consecutive seeds', (seed: string) => { let k = 0; return () => seeded(`${seed}-${k++}`).uniform() }, 0.5, 1 / 12, Math.sqrt(1 / 180)],
  ])('has the mean and variance of %s', (_name, make, mean, variance, spread) => {
    const seen = moments(make('moments'))
    expect(Math.abs(seen.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / n))
    expect(Math.abs(seen.variance - variance)).toBeLessThan(5 * (spread / Math.sqrt(n)))
  })

  it('fills 64 cells of the first draw of consecutive seeds evenly', () => {
    const cells = new Float64Array(64)
    for (let k = 0; k < 64_000; k++) cells[Math.floor(seeded(`0198c1f2-${k}`).uniform() * 64)]!++
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(63 + 5 * Math.sqrt(2 * 63)) // about 1 in 200,000
  })
})
