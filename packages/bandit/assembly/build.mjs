// Compiles the kernels to one WASM module and writes it as base64 into src, so that it ships with the JavaScript and needs no file
// access. Does nothing when the result is newer than every input.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const here = import.meta.dirname
const result = join(here, '../src/kernels/wasm-bytes.generated.ts')
const inputs = readdirSync(here).filter((name) => name.endsWith('.ts') || name === 'build.mjs').map((name) => join(here, name))
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

if (changed(result) <= Math.max(...inputs.map(changed))) {
  const { default: asc } = await import('assemblyscript/asc')
  const folder = mkdtempSync(join(tmpdir(), 'forage-kernels-'))
  try {
    const binary = join(folder, 'kernels.wasm')
    const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--initialMemory', '1']
    const { error, stderr } = await asc.main([relative(process.cwd(), join(here, 'index.ts')), '-o', relative(process.cwd(), binary), ...options])
    if (error) throw new Error(`the kernels do not compile\n${stderr.toString()}`)
    const bytes = readFileSync(binary)
    writeFileSync(result, `// Made by assembly/build.mjs: ${bytes.length} bytes.\nexport const wasmBytes =\n  '${bytes.toString('base64')}'\n`)
    process.stdout.write(`kernels: ${bytes.length} bytes of WASM\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
