import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter((path) => path && existsSync(join(root, path)))
const lines = (path: string) => readFileSync(join(root, path), 'utf8').split('\n').length

it('has the top level that newcomers are told of', () => {
  for (const path of ['package.json', 'tsconfig.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'server', 'packages', 'simulations', 'test']) expect(existsSync(join(root, path)), path).toBe(true)
})

it('keeps source files small', () => {
  const code = tracked.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && /^(packages|server|simulations)\//.test(path))
  const sizes = code.map(lines).toSorted((a, b) => a - b)
  expect(code.filter((path) => lines(path) > 400)).toEqual([])
  expect(sizes[sizes.length >> 1]).toBeLessThanOrEqual(130)
})

it('gives every room a README', () => {
  const rooms = tracked.filter((path) => /^(packages\/[^/]+|server|simulations)\/package\.json$/.test(path)).map((path) => path.replace('/package.json', ''))
  expect(rooms.filter((room) => !existsSync(join(root, room, 'README.md')))).toEqual([])
})

it('names no machine', () => {
  const own = 'test/repo/house.test.ts'
  const text = tracked.filter((path) => /\.(ts|mjs|js|json|md|yaml|html|css)$/.test(path) && path !== own)
  const bad = text.filter((path) => /\/work\/|\/root\/|registry\.npmjs|\/tmp\/briefs/.test(readFileSync(join(root, path), 'utf8')))
  expect(bad).toEqual([])
})

it('installs from a lock file that names no host', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { resolved?: string }> }
  const hosts = Object.entries(lock.packages).filter(([, { resolved }]) => resolved?.includes('://'))
  expect(hosts).toEqual([])
})
