import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Who may import whom: the map of the README. `.oxlintrc.json` holds the same table for editors and `npm run lint`. */
const table: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/domain': [],
  'packages/features': ['domain'],
  'packages/bandit': ['domain'],
  'packages/event-log': ['domain'],
  'packages/store': ['domain'],
  'packages/folding': ['domain', 'event-log', 'store'],
  'packages/learner': ['domain', 'bandit', 'folding'],
  'packages/client': ['contracts'],
  simulations: ['domain', 'features', 'bandit', 'learner'],
}
const root = join(import.meta.dirname, '../..')

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => join(root, folder, path))
}

function importsOfOurs(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'@forage\/([a-z-]+)/g)].map((match) => match[1]!)
}

/** Libraries that one room, or one file of it, imports; everything else goes through that room. */
const singleImporters: Record<string, RegExp> = {
  lmdb: /packages\/(event-log|store)\/src\/(drivers\/)?lmdb/,
  kafkajs: /packages\/event-log\/src\/kafka\/kafkajs/,
  ioredis: /packages\/store\/src\/redis\/connect/,
  mathjs: /packages\/bandit\/src\/reward-expression/,
  'csv-parse': /simulations\/src\/data-sets\//,
  'prom-client': /server\/src\/metrics\//,
  pino: /server\/src\//,
  yaml: /server\/src\//,
}

describe('the import table', () => {
  it.each(Object.entries(table))('%s imports only what its row allows', (room, may) => {
    for (const file of sources(`${room}/src`)) {
      const bad = importsOfOurs(file).filter((name) => !may.includes(name) && !room.endsWith(name))
      expect(bad, file).toEqual([])
    }
  })

  it('lists every room there is', () => {
    const rooms = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
    expect(Object.keys(table).filter((room) => room.startsWith('packages/')).toSorted()).toEqual(rooms.toSorted())
  })

  it.each(Object.keys(table))('%s declares no dependency on ours that its row forbids', (room) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
    const ours = Object.keys(dependencies).filter((name) => name.startsWith('@forage/')).map((name) => name.slice('@forage/'.length))
    expect(ours.filter((name) => !table[room]!.includes(name))).toEqual([])
  })

  it('is the one the linter holds', () => {
    const { overrides } = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as {
      overrides: { files: string[]; rules: Record<string, unknown> }[]
    }
    const all = [...Object.keys(table).map((room) => room.replace('packages/', '')), 'server']
    for (const [room, may] of Object.entries(table)) {
      const rule = overrides.find(({ files }) => files.includes(`${room}/src/**/*.ts`))?.rules['no-restricted-imports']
      const [, { patterns }] = rule as [string, { patterns: { group: string[] }[] }]
      const denied = patterns.flatMap(({ group }) => group).filter((name) => name.startsWith('@forage/') && !name.endsWith('/*'))
      const own = room.replace('packages/', '')
      expect(denied.toSorted(), room).toEqual(all.filter((name) => name !== own && !may.includes(name)).map((name) => `@forage/${name}`).toSorted())
    }
  })

  it.each(Object.entries(singleImporters))('%s is imported only where it lives', (library, where) => {
    const everywhere = [...Object.keys(table), 'server'].flatMap((room) => sources(`${room}/src`))
    const importers = everywhere.filter((file) => new RegExp(`(?:from |require\\(|import\\()'${library}['/]`).test(readFileSync(file, 'utf8')))
    expect(importers.filter((file) => !where.test(file.replaceAll('\\', '/')))).toEqual([])
  })
})
