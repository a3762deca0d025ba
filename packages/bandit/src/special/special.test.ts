import { describe, expect, it } from 'vitest'
import { expOfMinus } from './exponential.ts'
import { incompleteBeta, logBeta, logGamma } from './incomplete-beta.ts'
import { logOfOnePlus } from './logarithm.ts'
import { normalDensity, normalTail } from './normal.ts'
import { evaluateStudent, prepareStudent, STUDENT_CELLS } from './student-t.ts'

/** Composite Simpson: slow, and knows nothing of the functions it checks. */
function integrate(f: (x: number) => number, from: number, to: number, pieces = 4000): number {
  const h = (to - from) / (2 * pieces)
  let sum = f(from) + f(to)
  for (let k = 1; k < 2 * pieces; k++) sum += (k % 2 === 1 ? 4 : 2) * f(from + k * h)
  return (sum * h) / 3
}
const student = (freedom: number, t: number) => {
  const cells = new Float64Array(STUDENT_CELLS)
  const [tail, density] = [new Float64Array(1), new Float64Array(1)]
  prepareStudent(cells, 0, freedom)
  evaluateStudent(cells, 0, 1, Float64Array.of(t), 0, 1, tail, density)
  return { tail: tail[0]!, density: density[0]! }
}
const betaRegularised = (a: number, b: number, x: number) => incompleteBeta(a, b, x, Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)))
const grid = Array.from({ length: 161 }, (_, k) => -8 + k / 10 + 0.003)

it('exponential and logarithm agree with those of Math, between table entries and beyond them', () => {
  for (let x = 0; x < 100; x += 0.0137) expect(Math.abs(expOfMinus(x) / Math.exp(-x) - 1), `x = ${x}`).toBeLessThan(3e-14)
  for (let y = 1e-12; y < 1e6; y *= 1.013) expect(Math.abs(logOfOnePlus(y) / Math.log1p(y) - 1), `y = ${y}`).toBeLessThan(4e-14)
  expect([expOfMinus(0), expOfMinus(Infinity), logOfOnePlus(0), logOfOnePlus(Infinity)]).toEqual([1, 0, 0, Infinity])
})

it('normal tails agree with the integral of the density', () => {
  for (const z of grid) expect(Math.abs(normalTail(z) - (0.5 - integrate(normalDensity, 0, z))), `z = ${z}`).toBeLessThan(1e-14)
  expect(normalTail(6.5) / 4.016000583859e-11).toBeCloseTo(1, 10) // 1 − Φ(6.5), Abramowitz and Stegun 26.2
  expect([normalTail(40), normalTail(-40)]).toEqual([0, 1])
})

it('log-gamma gives factorials and Γ(½) = √π', () => {
  let factorial = 1
  for (let n = 1; n < 170; factorial *= n++) expect(Math.abs(logGamma(n) - Math.log(factorial))).toBeLessThan(1e-14 * Math.max(1, Math.log(factorial)))
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14)
})

it.each([[0.5, 0.5], [1, 3], [2.5, 7], [40, 3], [300, 900]])('incomplete beta (%d, %d) agrees with the integral', (a, b) => {
  for (const x of [0.05, 0.3, 0.5, 0.8]) {
    // x = sin² turns the poles of small a and b into nothing
    const direct = integrate((u) => 2 * Math.exp((2 * a - 1) * Math.log(Math.sin(u) || 1e-300) + (2 * b - 1) * Math.log(Math.cos(u)) - logBeta(a, b)), 0, Math.asin(Math.sqrt(x)), 8000)
    expect(Math.abs(betaRegularised(a, b, x) - direct)).toBeLessThan(1e-11)
  }
})

describe('Student-t', () => {
  it('has the closed forms of 1, 2 and 4 degrees of freedom', () => {
    for (const t of grid) {
      const r = t / Math.sqrt(4 + t * t)
      expect(Math.abs(student(1, t).tail - (0.5 - Math.atan(t) / Math.PI))).toBeLessThan(1e-11)
      expect(Math.abs(student(2, t).tail - (0.5 - t / (2 * Math.sqrt(2 + t * t))))).toBeLessThan(1e-11)
      expect(Math.abs(student(4, t).tail - (0.5 - (3 / 4) * r * (1 - (r * r) / 3)))).toBeLessThan(1e-11)
    }
  })

  it.each([0.3, 1.5, 3, 12, 13, 19, 21.9, 22, 23, 39, 41, 100, 1000, 43_000])('tail and density at ν = %d are within 1e-11 of the incomplete beta function', (freedom) => {
    for (const t of [...grid, 1e-7, 30, 1000].map(Math.abs)) {
      const y = (t * t) / (freedom + t * t)
      const front = Math.exp((freedom / 2) * Math.log1p(-y) + 0.5 * Math.log(y) - logBeta(freedom / 2, 0.5))
      const tail = y < 0.5 ? (1 - incompleteBeta(0.5, freedom / 2, y, front)) / 2 : incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t * t), front) / 2
      const density = Math.exp(-((freedom + 1) / 2) * Math.log1p((t * t) / freedom) - logBeta(freedom / 2, 0.5)) / Math.sqrt(freedom)
      expect(Math.abs(student(freedom, t).tail - tail), `t = ${t}`).toBeLessThan(1e-11)
      expect(Math.abs(student(freedom, -t).tail - (1 - tail)), `t = ${-t}`).toBeLessThan(1e-11)
      expect(Math.abs(student(freedom, t).density - density)).toBeLessThan(3e-12 * Math.max(density, 1e-10) * Math.max(1, Math.log(freedom)))
    }
  })

  it('becomes the normal', () => {
    for (const t of grid) expect(Math.abs(student(1e9, t).tail - normalTail(t))).toBeLessThan(1e-9)
    expect(student(Infinity, 1.5)).toEqual({ tail: normalTail(1.5), density: normalDensity(1.5) })
  })
})
