import { wasmBytes } from '../wasm-bytes.generated.ts'

/** The part of the WebAssembly interface we use; the ES and Node typings leave it out. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** Exports of assembly/index.ts. Addresses and lengths are whole numbers; `work` is scratch, its size is told there. */
export interface KernelModule {
  cholesky(matrix: number, d: number, out: number, work: number): number
  solve(factor: number, b: number, d: number, out: number): void
  inverse(factor: number, d: number, out: number, work: number): void
  draws(factor: number, mean: number, d: number, normals: number, scales: number, count: number, out: number, work: number): void
  scoreDraws(rows: number, count: number, d: number, draws: number, drawCount: number, out: number, work: number): void
  bestShares(scores: number, count: number, drawCount: number, available: number, out: number, work: number): void
  multiply(rows: number, count: number, d: number, vector: number, out: number): void
  quadraticForms(rows: number, count: number, d: number, matrix: number, out: number, work: number): void
  quadraticForm(x: number, d: number, matrix: number, work: number): number
  addOuter(matrix: number, x: number, d: number, weight: number, work: number): void
  addToInverse(inverse: number, x: number, d: number, weight: number, u: number, work: number): number
  /** Bytes between the rows of the square scratch matrices of `cholesky` (d + 1 rows) and `inverse` (d + 3 rows). */
  rowBytes(d: number): number
}

const pageBytes = 65_536

/**
 * One instance with a memory that never grows (growing would detach every view on it). Untouched pages cost nothing.
 * @throws whatever the engine throws when it knows no WASM SIMD
 */
export function instantiate(bytes: number): { readonly buffer: ArrayBuffer; readonly module: KernelModule } {
  const pages = Math.ceil(bytes / pageBytes)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const compiled = new WebAssembly.Module(Buffer.from(wasmBytes, 'base64'))
  const abort = () => {
    throw new Error('the kernel module aborted')
  }
  const instance = new WebAssembly.Instance(compiled, { env: { memory, abort } })
  return { buffer: memory.buffer, module: instance.exports as KernelModule }
}
