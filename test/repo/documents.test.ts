import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compileReward, statisticsShape } from '@forage/bandit'
import { ForageFile, PolicySpec } from '@forage/contracts'
import { createEncoder, validateEncoderSpec } from '@forage/features'
import { environmentVariables, readConfig } from '@forage/server'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const configuration = read('docs/configuration.md')
const pages = ['README.md', 'CHANGELOG.md', ...['docs', 'docs/adr'].flatMap((folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`))]

/** What a server does with a definition before it serves: shapes, encoder, reward, catalog. */
function checkFile(text: string) {
  const file = ForageFile.parse(parse(text))
  for (const [id, { encoder, reward, policy }] of Object.entries(file.placements)) {
    validateEncoderSpec(encoder)
    compileReward(reward.expression)
    expect(statisticsShape(policy), id).toBeDefined()
    for (const item of file.catalogs[id] ?? []) createEncoder(encoder).item(item.features)
  }
  expect(Object.keys(file.catalogs).filter((id) => file.placements[id] === undefined)).toEqual([])
  return file
}

it('has an example that can be applied', () => {
  const { placements, catalogs } = checkFile(read('examples/forage.yaml'))
  expect(Object.keys(placements)).toEqual(['home-hero', 'banner', 'related-articles'])
  expect(catalogs['home-hero']).toHaveLength(4)
})

describe('docs/configuration.md', () => {
  const blocks = [...configuration.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!)

  it.each(blocks.map((block, index) => [index, block] as const))('block %d can be applied', (_, block) => void checkFile(block))

  it('shows a placement without settings and the same one with all of them', () => {
    expect(parse(blocks[1]!)).toEqual({ placements: ForageFile.parse(parse(blocks[0]!)).placements })
  })

  it('lists every policy, every setting and its default', () => {
    const rows = new Map([...configuration.matchAll(/^\| `([a-z0-9-]+)` \|(.*)\|.*\|$/gm)].map((match) => [match[1]!, match[2]!]))
    for (const option of PolicySpec.def.options) {
      const name = [...option.shape.name.values][0]!
      const row = rows.get(name)
      expect(row, name).toBeDefined()
      if (row!.includes('as greedy') || name === 'lin-ucb') continue
      for (const setting of Object.keys(option.shape).filter((key) => key !== 'name')) expect(row, name).toContain(`\`${setting}\``)
    }
  })

  it('lists every environment variable with its default', () => {
    const rows = [...configuration.matchAll(/^\| `([A-Z_]+)` \| (`[^`]*`|not set) \|/gm)].map((match) => [match[1]!, match[2]!] as const)
    expect(rows.map(([name]) => name).toSorted()).toEqual(Object.keys(environmentVariables).toSorted())
    const defaults = readConfig({})
    for (const [name, value] of rows) expect(value, name).toBe(defaults[environmentVariables[name]!] === undefined ? 'not set' : `\`${String(defaults[environmentVariables[name]!])}\``)
  })
})

it.each(pages)('%s links only to what exists', (page) => {
  for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) expect(existsSync(join(root, dirname(page), target!)), target).toBe(true)
})

it('lists every decision in its table of contents', () => {
  const decisions = readdirSync(join(root, 'docs/adr')).filter((name) => /^\d{4}-/.test(name))
  const listed = [...read('docs/adr/README.md').matchAll(/\]\((\d{4}-[^)]+)\)/g)].map((match) => match[1]!)
  expect(listed).toEqual(decisions.toSorted())
})
