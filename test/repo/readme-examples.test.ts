import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const rooms = ['server', 'simulations', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)]
/** It talks to a server at a fixed port; `packages/client` runs an example of its own. */
const notRun = new Set(['packages/client'])

// below the repository, where imports of ours resolve; `dist` is not tracked
mkdirSync(join(root, 'test/dist'), { recursive: true })
const folder = mkdtempSync(join(root, 'test/dist/readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const examples = rooms.flatMap((room) => {
  const readme = join(root, room, 'README.md')
  const code = existsSync(readme) ? /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))?.[1] : undefined
  if (code === undefined) return []
  const file = join(folder, `${room.replaceAll('/', '-')}.ts`)
  writeFileSync(file, code)
  return [{ room, file }]
})

function node(...parameters: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { cwd: folder, encoding: 'utf8', env: { ...process.env, LOG_LEVEL: 'silent' } })
  return { status, said: status === 0 ? '' : `${stdout}${stderr}` }
}

it('has an example in the README of every room', () => {
  expect(examples.map(({ room }) => room)).toEqual(rooms)
})

it('shows code that type-checks', { timeout: 60_000 }, () => {
  const compilerOptions = { composite: false, noEmit: true, rootDir: root, customConditions: ['source'], lib: ['es2024', 'dom'], noUnusedLocals: false }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }))
  expect(node(join(root, 'node_modules/typescript/bin/tsc'), '-p', folder)).toEqual({ status: 0, said: '' })
})

it('shows code that runs', { timeout: 60_000 }, () => {
  const imports = examples.filter(({ room }) => !notRun.has(room)).map(({ file }) => `await import(${JSON.stringify(file)})`)
  writeFileSync(join(folder, 'all.mts'), imports.join('\n'))
  expect(node('--conditions=source', '--import', 'tsx', join(folder, 'all.mts'))).toEqual({ status: 0, said: '' })
})
