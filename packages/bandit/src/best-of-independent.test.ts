import { describe, expect, it } from 'vitest'
import { bestOfBetas } from './best-of-betas.ts'
import { bestOfIndependent } from './best-of-independent.ts'
import { seeded } from './rng.ts'
import { normalTail } from './special/normal.ts'
import { evaluateStudent, prepareStudent, STUDENT_CELLS } from './special/student-t.ts'

interface Variable { location: number; scale: number; freedom: number }
const everyone = (n: number) => new Uint8Array(n).fill(1)

function best(variables: readonly Variable[], available = everyone(variables.length)): Float64Array {
  const out = new Float64Array(variables.length)
  const column = (key: keyof Variable) => Float64Array.from(variables, (variable) => variable[key])
  bestOfIndependent(column('location'), column('scale'), column('freedom'), available, out)
  return out
}

// Gauss–Legendre nodes of order 10 on [−1, 1], positive half.
const NODES = [0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717]
const WEIGHTS = [0.2955242247147529, 0.2692667193099963, 0.219086362515982, 0.1494513491505806, 0.0666713443086881]

/** The integral by brute force: panels between a dense set of points around each variable, at each variable's own scale. */
function slow(variables: readonly Variable[]): number[] {
  const cells = variables.map(({ freedom }) => {
    const prepared = new Float64Array(STUDENT_CELLS)
    prepareStudent(prepared, 0, freedom)
    return prepared
  })
  const offsets = Array.from({ length: 40 }, (_, k) => (k < 20 ? (k + 1) / 2 : 10 * 1.9 ** (k - 19)))
  const points = variables.flatMap(({ location, scale }) => [location, ...offsets.flatMap((offset) => [location - offset * scale, location + offset * scale])]).sort((a, b) => a - b)
  const [sums, distance, tail, density] = [variables.map(() => 0), new Float64Array(1), new Float64Array(1), new Float64Array(1)]
  for (let p = 1; p < points.length; p++) {
    const [middle, half] = [(points[p]! + points[p - 1]!) / 2, (points[p]! - points[p - 1]!) / 2]
    for (const [k, node] of NODES.entries())
      for (const x of [middle - half * node, middle + half * node]) {
        const below: number[] = []
        const densities = variables.map(({ location, scale }, i) => {
          distance[0] = x - location
          evaluateStudent(cells[i]!, 0, 1 / scale, distance, 0, 1, tail, density)
          below.push(1 - tail[0]!)
          return density[0]! / scale
        })
        for (const i of variables.keys()) sums[i]! += WEIGHTS[k]! * half * below.reduce((product, value, j) => (j === i ? product : product * value), densities[i]!)
      }
  }
  return sums
}

const rng = seeded('best of independent')
const families: readonly (readonly [string, number, () => Variable])[] = [
  ['similar Student-t', 7, () => ({ location: 0.3 * rng.normal(), scale: 0.1 + 0.2 * rng.uniform(), freedom: 12 + Math.floor(100 * rng.uniform()) })],
  ['unequal Student-t', 7, () => ({ location: 0.3 * rng.normal(), scale: Math.exp(-5 * rng.uniform()), freedom: 12 + Math.floor(2000 * rng.uniform() ** 3) })],
  ['scales up to a million apart', 6, () => ({ location: 0.3 * rng.normal() * Math.exp(-5 * rng.uniform()), scale: Math.exp(-14 * rng.uniform()), freedom: 12 + Math.floor(500 * rng.uniform()) })],
  ['normals', 10, () => ({ location: 0.3 * rng.normal(), scale: Math.exp(-3 * rng.uniform()), freedom: Infinity })],
  ['few degrees of freedom', 5, () => ({ location: rng.normal(), scale: Math.exp(rng.normal()), freedom: 3 + Math.floor(4 * rng.uniform()) })],
  ['a known arm among new ones', 5, () => (rng.uniform() < 0.3 ? { location: 0.4, scale: 0.01, freedom: 900 } : { location: 0, scale: 4, freedom: 12 })],
]

describe('bestOfIndependent', () => {
  it.each(families)('is within 1e-9 of brute force: %s', (_name, n, make) => {
    for (let round = 0; round < 12; round++) {
      const variables = Array.from({ length: n }, make)
      const expected = slow(variables)
      for (const [i, p] of best(variables).entries()) expect(Math.abs(p - expected[i]!), JSON.stringify(variables)).toBeLessThan(1e-9)
    }
  })

  it('is Φ of the standardised difference for two normals, however unequal', () => {
    for (let round = 0; round < 300; round++) {
      const [one, two] = [1, 2].map(() => ({ location: rng.normal(), scale: Math.exp(-16 * rng.uniform()), freedom: Infinity })) as [Variable, Variable]
      const exact = normalTail((two.location - one.location) / Math.hypot(one.scale, two.scale))
      expect(Math.abs(best([one, two])[0]! - exact), JSON.stringify([one, two])).toBeLessThan(1e-9)
    }
  })

  it.each(families)('gives the same bits in any order, and sums to 1: %s', (_name, n, make) => {
    const variables = Array.from({ length: n }, make)
    variables.push({ ...variables[2]! }, { ...variables[0]! }) // twins
    const p = best(variables)
    expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
    expect(p[n]).toBe(p[2])
    for (let round = 0; round < 10; round++) {
      const order = [...variables.keys()].map((i) => ({ i, key: rng.uniform() })).sort((a, b) => a.key - b.key)
      const shuffled = best(order.map(({ i }) => variables[i]!))
      for (const [place, { i }] of order.entries()) expect(shuffled[place]).toBe(p[i])
    }
  })

  it('gives all alike the same, a thousand too, and leaves out who is not available', () => {
    expect(best(Array.from({ length: 1000 }, () => ({ location: 1, scale: 2, freedom: 12 })))).toEqual(new Float64Array(1000).fill(1 / 1000))
    const three = [0, 5, 0].map((location) => ({ location, scale: 1, freedom: 20 }))
    expect([...best(three, Uint8Array.of(1, 0, 1))]).toEqual([0.5, 0, 0.5])
  })

  it('sums to 1 over a thousand unequal ones', () => {
    const many = Array.from({ length: 1000 }, families[1]![2])
    expect(best(many).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
  })

  it('takes numbers (scale 0): ties share, and a number keeps what the others stay below', () => {
    const numbers = [1, 2, 2].map((location) => ({ location, scale: 0, freedom: 12 }))
    expect([...best(numbers)]).toEqual([0, 0.5, 0.5])
    const p = best([...numbers, { location: 1.5, scale: 1, freedom: Infinity }])
    expect(p[3]).toBeCloseTo(normalTail(0.5), 9)
    expect(p[1]).toBe(p[2])
    expect(p[0]).toBeLessThan(1e-9)
  })
})

describe('bestOfBetas', () => {
  it('is the closed sum for two Betas of whole parameters', () => {
    // P(A > B) = Σ_{k<α_A} C-like terms: Miller 2015, "Formulas for Bayesian A/B testing", eq. 6
    const logBetaOf = (a: number, b: number) => { let sum = 0; for (let k = 1; k < a; k++) sum += Math.log(k); for (let k = 1; k < b; k++) sum += Math.log(k); for (let k = 1; k < a + b; k++) sum -= Math.log(k); return sum }
    for (const [a1, b1, a2, b2] of [[1, 1, 1, 1], [5, 7, 24, 28], [1, 2, 300, 500], [3, 1, 1, 9], [700, 300, 690, 310]] as const) {
      let exact = 0
      for (let k = 0; k < a1; k++) exact += Math.exp(logBetaOf(a2 + k, b1 + b2) - Math.log(b1 + k) - logBetaOf(1 + k, b1) - logBetaOf(a2, b2))
      const out = new Float64Array(2)
      bestOfBetas(Float64Array.of(a1, a2), Float64Array.of(b1, b2), everyone(2), out)
      expect(Math.abs(out[0]! - exact), `${a1} ${b1} ${a2} ${b2}`).toBeLessThan(1e-9)
    }
  })
})
