import type { Kernels } from './kernels.ts'
import { createTypeScriptKernels } from './typescript.ts'

/** The kernels of this process. */
export const kernels: Kernels = createTypeScriptKernels()
