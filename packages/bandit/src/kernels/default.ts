import type { Kernels } from './kernels.ts'
import { createTypeScriptKernels } from './typescript.ts'
import { createWasmKernels } from './wasm.ts'

function choose(): Kernels {
  try {
    return createWasmKernels()
  } catch {
    return createTypeScriptKernels() // no WASM SIMD here: the same bits, slower
  }
}

/** The kernels of this process: the WASM module where the engine can run it, else its twin. */
export const kernels: Kernels = choose()
