// node --conditions=source --import tsx test/bench/kernels.ts [--json FILE] [--seconds S]: what each kernel costs, module against twin.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { createTypeScriptKernels, kernels as wasm, type Kernels, seeded } from '@forage/bandit'

export interface KernelRow {
  readonly kernel: string
  readonly d: number
  /** Candidates, for kernels that take many rows. */
  readonly rows: number | null
  /** CPU per call: the module on arrays of `allocate`, the module copying, the plain twin. */
  readonly microseconds: { readonly inPlace: number; readonly copying: number; readonly twin: number }
  readonly twinOverWasm: number
  /** OpenBLAS float64 (float32 for scoreDraws) and an earlier AssemblyScript prototype, in µs, as measured once on another machine of this kind. */
  readonly openblasReference: number | null
  readonly prototypeReference: number | null
  /** openblasReference / microseconds.inPlace */
  readonly shareOfOpenblas: number | null
}

type Reference = Readonly<Record<string, readonly [openblas: number | null, prototype: number | null]>>
const references: Record<string, Reference> = {
  quadraticForms: {
    '16,10': [0.129, 0.2], '16,100': [1.23, 1.66], '16,1000': [12.1, 16.7], '64,10': [0.981, 2.49], '64,100': [10.4, 20.3], '64,1000': [126.1, 202.9],
    '256,10': [23.7, 40.4], '256,100': [174, 336.7], '256,1000': [1980, 3400],
  },
  multiply: {
    '16,10': [0.045, 0.029], '16,100': [0.171, 0.232], '16,1000': [1.69, 2.46], '64,10': [0.066, 0.092], '64,100': [0.473, 0.876], '64,1000': [4.35, 8.34],
    '256,10': [0.209, 0.353], '256,100': [1.62, 3.3], '256,1000': [27, 48.8],
  },
  // 100 candidates × 1000 draws there, scaled by 128 / 1000
  'scoreDraws + bestShares, M = 128': { '16,100': [18.8, 14.3], '64,100': [26.6, 50.1], '256,100': [59.2, 201] },
  cholesky: { '16': [0.43, 0.795], '64': [13.2, 17.1], '256': [276.4, 564.5] },
  'cholesky + inverse': { '16': [1.54, 1.63], '64': [34.1, 42.6], '256': [812.9, 2189] },
  addOuter: { '16': [0.1, 0.077], '64': [0.515, 0.886], '256': [5.37, 15.1] },
  addToInverse: { '16': [null, 0.167], '64': [null, 1.88], '256': [null, 29.5] },
}

/** Median CPU microseconds of one call over batches of about a tenth of `seconds`. */
function cost(call: () => void, seconds: number): number {
  let times = 1
  const batch = () => {
    const before = process.cpuUsage()
    for (let i = 0; i < times; i++) call()
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  for (let spent = 0; spent < seconds * 1e5; times *= 2) spent = batch()
  const spent = Array.from({ length: 7 }, () => batch() / times)
  return spent.toSorted((a, b) => a - b)[3]!
}

interface Work {
  readonly kernel: string
  readonly d: number
  readonly rows: number | null
  call(kernels: Kernels, place: Place): () => void
}
type Place = Pick<Kernels, 'allocate' | 'allocateFloat32'>
const heap: Place = { allocate: (length) => new Float64Array(length), allocateFloat32: (length) => new Float32Array(length) }

function filled(array: Float64Array, seed: string, scale = 1): Float64Array {
  const rng = seeded(seed)
  for (let i = 0; i < array.length; i++) array[i] = scale * (2 * rng.uniform() - 1)
  return array
}

/** Diagonally dominant, so positive definite at any size. */
function precision(array: Float64Array, d: number): Float64Array {
  filled(array, 'matrix', 0.5)
  for (let i = 0; i < d; i++) array[(i * (i + 1)) / 2 + i] = d
  return array
}

function works(d: number): Work[] {
  const cells = (d * (d + 1)) / 2
  const byRows = [10, 100, 1000].flatMap((rows): Work[] => [
    { kernel: 'quadraticForms', d, rows, call: (kernels, place) => {
      const [x, matrix, out] = [filled(place.allocate(rows * d), 'x'), precision(place.allocate(cells), d), place.allocate(rows)]
      return () => kernels.quadraticForms(x, rows, d, matrix, out)
    } },
    { kernel: 'multiply', d, rows, call: (kernels, place) => {
      const [x, vector, out] = [filled(place.allocate(rows * d), 'x'), filled(place.allocate(d), 'v'), place.allocate(rows)]
      return () => kernels.multiply(x, rows, d, vector, out)
    } },
    { kernel: 'scoreDraws + bestShares, M = 128', d, rows, call: (kernels, place) => {
      const [x, draws, scores] = [filled(place.allocate(rows * d), 'x'), place.allocateFloat32(128 * d), place.allocateFloat32(rows * 128)]
      draws.set(filled(new Float64Array(128 * d), 'draws'))
      const [available, out] = [new Uint8Array(rows).fill(1), new Float64Array(rows)]
      return () => {
        kernels.scoreDraws(x, rows, d, draws, 128, scores)
        kernels.bestShares(scores, rows, 128, available, out)
      }
    } },
  ])
  const single: Work[] = [
    { kernel: 'quadraticForm', d, rows: null, call: (kernels, place) => {
      const [x, matrix] = [filled(new Float64Array(d), 'x'), precision(place.allocate(cells), d)]
      return () => void kernels.quadraticForm(x, d, matrix)
    } },
    { kernel: 'cholesky', d, rows: null, call: (kernels, place) => {
      const [matrix, out] = [precision(place.allocate(cells), d), place.allocate(cells)]
      return () => void kernels.cholesky(matrix, d, out)
    } },
    { kernel: 'cholesky + inverse', d, rows: null, call: (kernels, place) => {
      const [matrix, factor, out] = [precision(place.allocate(cells), d), place.allocate(cells), place.allocate(cells)]
      return () => {
        kernels.cholesky(matrix, d, factor)
        kernels.inverse(factor, d, out)
      }
    } },
    { kernel: 'solve', d, rows: null, call: (kernels, place) => {
      const [factor, b, out] = [precision(place.allocate(cells), d), filled(new Float64Array(d), 'b'), new Float64Array(d)]
      return () => kernels.solve(factor, b, d, out)
    } },
    { kernel: 'draws, M = 128', d, rows: null, call: (kernels, place) => {
      const [factor, mean, normals] = [precision(place.allocate(cells), d), filled(new Float64Array(d), 'm'), filled(new Float64Array(128 * d), 'z')]
      const [scales, out] = [new Float64Array(128).fill(1), place.allocateFloat32(128 * d)]
      return () => kernels.draws(factor, mean, d, normals, scales, out)
    } },
    ...(['addOuter', 'addToInverse'] as const).flatMap((kernel) => [false, true].map((oneHot): Work => ({
      kernel: oneHot ? `${kernel}, one in five set` : kernel, d, rows: null, call: (kernels, place) => {
        const matrix = precision(place.allocate(cells), d)
        const [x, scratch] = [filled(new Float64Array(d), 'x', 1e-3), new Float64Array(d)]
        if (oneHot) x.forEach((_, i) => { x[i] = i % 5 === 0 ? 1e-3 : 0 })
        return kernel === 'addOuter' ? () => kernels.addOuter(matrix, x, d, 1e-6) : () => void kernels.addToInverse(matrix, x, d, 1e-6, scratch)
      },
    }))),
  ]
  return [...byRows, ...single]
}

export function benchKernels({ seconds, dimensions = [16, 64, 256] }: { seconds: number; dimensions?: readonly number[] }): KernelRow[] {
  const twin = createTypeScriptKernels()
  return dimensions.flatMap(works).map(({ kernel, d, rows, call }) => {
    const inPlace = cost(call(wasm, wasm), seconds)
    const microseconds = { inPlace, copying: cost(call(wasm, heap), seconds), twin: cost(call(twin, heap), seconds) }
    const [openblasReference, prototypeReference] = references[kernel]?.[rows === null ? `${d}` : `${d},${rows}`] ?? [null, null]
    const shareOfOpenblas = openblasReference === null ? null : openblasReference / inPlace
    return { kernel, d, rows, microseconds, twinOverWasm: microseconds.twin / inPlace, openblasReference, prototypeReference, shareOfOpenblas }
  })
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { json: { type: 'string' }, seconds: { type: 'string', default: '0.1' }, d: { type: 'string', default: '16,64,256' } } })
  const rows = benchKernels({ seconds: Number(values.seconds), dimensions: values.d.split(',').map(Number) })
  const text = (value: number | null, digits = 2) => (value === null ? '' : value.toFixed(digits))
  console.log(`kernels of this process: ${wasm.name}; µs of CPU per call; references are another machine's`)
  console.log('kernel | d | N | wasm in place | wasm copying | twin | twin/wasm | prototypeReference | openblasReference | share of OpenBLAS')
  for (const { kernel, d, rows: n, microseconds, ...row } of rows) {
    const costs = [microseconds.inPlace, microseconds.copying, microseconds.twin].map((value) => text(value))
    console.log([kernel, d, n ?? '', ...costs, text(row.twinOverWasm, 1), text(row.prototypeReference), text(row.openblasReference), text(row.shareOfOpenblas)].join(' | '))
  }
  if (values.json !== undefined) {
    mkdirSync(dirname(values.json), { recursive: true })
    writeFileSync(values.json, `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, load: loadavg(), kernels: rows }, null, 2)}\n`)
    console.log(`wrote ${values.json}`)
  }
}
