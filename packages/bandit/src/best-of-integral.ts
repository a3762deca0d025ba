/** Independent continuous variables, by index. */
export interface Variables {
  readonly location: Float64Array
  readonly scale: Float64Array
  /** Settles the order of variables with the same location and scale. */
  readonly third: Float64Array
  /** Distances from the location; beyond them lies at most ~1e-13 of the variable. */
  readonly below: Float64Array
  readonly above: Float64Array
  /** Upper tails of variable i at location + distances[n], from ≤ n < to, and its densities there, to the same places. */
  evaluate(i: number, distances: Float64Array, from: number, to: number, tails: Float64Array, densities: Float64Array): void
}

const WIDTH = 3
const STEP = 0.31
const NOTHING = 1e-13
const MAX_HALVINGS = 14
// The rule converges exponentially: halving the step squares its error at least, so after a move of 3e-5 less than 1e-9 is left.
const MOVED = 3e-5
const TOTAL = 1e-10
// What the reaches leave out of one variable.
const LEFT_OUT = 1e-12

// Nodes of one go: a variable's numbers stay in registers, and little is wasted where the product ends.
const BLOCK = 8
const nodes = new Float64Array(BLOCK)
const weights = new Float64Array(BLOCK)
const products = new Float64Array(BLOCK)
const distances = new Float64Array(BLOCK)
const tails = new Float64Array(BLOCK)
const densities = new Float64Array(BLOCK)
let order = new Int32Array(0)
let shifts = new Float64Array(0)
let terms = new Float64Array(0)
let coarse = new Float64Array(0)
let fine = new Float64Array(0)

/**
 * Probability that each of `count` variables is the largest, written to out[0 … count): Pᵢ = ∫ fᵢ Πⱼ≠ᵢ Fⱼ, error ≤ 1e-9 in all we tried
 * (scales a million apart, Student-t with one degree of freedom). Sums to 1; the same bits in whatever order the variables come.
 *
 * The trapezoidal rule in y, x = c + 3s·sinh y, around the narrowest variable that can win: steps are fine where it is, and grow with
 * the distance as the widths of the others must, because whatever is narrow and far below is never best and was left out. The step
 * is halved until halving changes nothing and ΣP = 1, which the rule does not know. Nodes go from the top down and end where
 * Π F vanishes. Typically 30–50 nodes.
 */
export function bestOfIntegral(variables: Variables, count: number, out: Float64Array): void {
  reserve(count)
  const { location, scale, third, below, above } = variables
  let floor = -Infinity
  for (let i = 0; i < count; i++) floor = Math.max(floor, location[i]! - below[i]!)
  let contenders = 0
  let top = -Infinity
  for (let i = 0; i < count; i++) {
    out[i] = 0
    if (location[i]! + above[i]! <= floor) continue
    order[contenders++] = i
    top = Math.max(top, location[i]! + above[i]!)
  }
  const before = (i: number, j: number) => location[j]! - location[i]! || scale[i]! - scale[j]! || third[i]! - third[j]!
  sort(contenders, before)
  const first = order[0]!
  if (contenders === 1 || before(first, order[contenders - 1]!) === 0) {
    for (let k = 0; k < contenders; k++) out[order[k]!] = 1 / contenders
    return
  }
  let narrowest = first
  for (let k = 1; k < contenders; k++) if (scale[order[k]!]! < scale[narrowest]!) narrowest = order[k]!
  const centre = location[narrowest]!
  const width = WIDTH * scale[narrowest]!
  // distances from the centre, so that widths far below the locations' own rounding stay distinct
  for (let k = 0; k < contenders; k++) shifts[k] = location[order[k]!]! - centre
  const start = Math.asinh((top - centre) / width)
  const end = Math.asinh((floor - centre) / width)

  let step = STEP
  addNodes(variables, contenders, width, start, end, 2 * step, coarse)
  addNodes(variables, contenders, width, start - step, end, 2 * step, fine)
  let total = average(contenders)
  for (let halving = 0; halving < MAX_HALVINGS && !(moved(contenders) < MOVED && Math.abs(total - 1) < TOTAL + LEFT_OUT * contenders); halving++) {
    coarse.set(fine.subarray(0, contenders))
    addNodes(variables, contenders, width, start - step / 2, end, step, fine)
    total = average(contenders)
    step /= 2
  }
  for (let k = 0; k < contenders; k++) out[order[k]!] = fine[k]! / total
}

/** into[k] = step · Σ over nodes from the top down to `end` of the integrand of contender k. */
function addNodes(variables: Variables, contenders: number, width: number, start: number, end: number, step: number, into: Float64Array): void {
  const { above } = variables
  into.fill(0, 0, contenders)
  const shrink = Math.exp(-step)
  let grown = Math.exp(start)
  let left = Math.floor((start - end) / step) + 1
  for (; left > 0; left -= BLOCK) {
    const size = left < BLOCK ? left : BLOCK
    for (let n = 0; n < size; n++) {
      const half = (width / 2) * grown
      const other = (width / 2) / grown
      nodes[n] = half - other
      weights[n] = (half + other) * step
      products[n] = 1
      grown *= shrink
    }
    for (let k = 0, at = 0; k < contenders; k++, at += BLOCK) {
      const i = order[k]!
      const shift = shifts[k]!
      const reach = above[i]!
      let from = 0
      for (let n = 0; n < size; n++) {
        const distance = nodes[n]! - shift
        distances[n] = distance
        if (distance > reach) from = n + 1
      }
      for (let n = 0; n < from; n++) terms[at + n] = 0
      if (from === size) continue
      variables.evaluate(i, distances, from, size, tails, densities)
      for (let n = from; n < size; n++) {
        const below = 1 - tails[n]!
        products[n]! *= below
        terms[at + n] = densities[n]! / below
      }
    }
    let used = 0
    while (used < size && products[used]! > NOTHING) weights[used]! *= products[used++]!
    for (let k = 0, at = 0; k < contenders; k++, at += BLOCK) {
      let sum = into[k]!
      for (let n = 0; n < used; n++) sum += weights[n]! * terms[at + n]!
      into[k] = sum
    }
    if (used < size) return
  }
}

/** Halves the step: fine becomes the mean of both sets of nodes. Returns the sum. */
function average(contenders: number): number {
  let total = 0
  for (let k = 0; k < contenders; k++) total += fine[k] = (fine[k]! + coarse[k]!) / 2
  return total
}

function moved(contenders: number): number {
  let most = 0
  for (let k = 0; k < contenders; k++) most = Math.max(most, Math.abs(fine[k]! - coarse[k]!))
  return most
}

function sort(count: number, before: (i: number, j: number) => number): void {
  if (count > 32) {
    order.subarray(0, count).sort(before)
    return
  }
  for (let k = 1; k < count; k++) {
    const i = order[k]!
    let at = k
    while (at > 0 && before(i, order[at - 1]!) < 0) order[at] = order[--at]!
    order[at] = i
  }
}

function reserve(count: number): void {
  if (order.length >= count) return
  order = new Int32Array(count)
  shifts = new Float64Array(count)
  terms = new Float64Array(count * BLOCK)
  coarse = new Float64Array(count)
  fine = new Float64Array(count)
}
