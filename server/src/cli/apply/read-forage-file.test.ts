import { expect, it } from 'vitest'
import { parseForageFile } from './read-forage-file.ts'

const faults = (text: string): string[] => {
  try {
    parseForageFile(text, 'forage.yaml')
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}

it('fills in the defaults of a short file', () => {
  const file = parseForageFile('placements:\n  home:\n    policy: { name: lin-ucb }\n', 'forage.yaml')
  expect(file.placements['home']).toMatchObject({ policy: { name: 'lin-ucb', alpha: 1 }, floor: 0.02, reward: { windowSeconds: 600 } })
})

it('takes an empty file for an empty definition', () => {
  expect(parseForageFile('# nothing yet\n', 'forage.yaml')).toEqual({ placements: {}, catalogs: {} })
})

it('names every fault with its path and line', () => {
  const text = `placements:
  home:
    flor: 0.1
    policy:
      name: lin-ucb
      alpha: much
    reward:
      range: [1, 0]
      windowSeconds: 60
      horizonSeconds: 10
  0bad: {}
catalogs:
  home:
    - features: { price: 1 }
`
  expect(faults(text).map((line) => line.trim())).toEqual([
    'forage.yaml has 6 faults',
    expect.stringMatching(/^forage.yaml:3 {2}placements\.home\.flor: this field is not known/),
    expect.stringMatching(/^forage.yaml:6 {2}placements\.home\.policy\.alpha: must be a number, not text$/),
    expect.stringMatching(/^forage.yaml:8 {2}placements\.home\.reward\.range: must be \[min, max\]/),
    expect.stringMatching(/^forage.yaml:10 {2}placements\.home\.reward\.horizonSeconds: must not be shorter/),
    expect.stringMatching(/^forage.yaml:11 {2}placements\.0bad: must start with a letter/),
    expect.stringMatching(/^forage.yaml:14 {2}catalogs\.home\.0\.id: is missing$/),
  ])
})

it('names what no schema can see beside what one sees', () => {
  const text = `placements:
  home:
    floor: 2
    encoder:
      kind: declared
      fields: [{ name: price, from: item, type: numeric }]
      crosses: [[segment, price]]
    reward:
      expression: click +
  plain:
    encoder: { kind: declared, intercept: false, fields: [{ name: price, from: item, type: numeric }] }
    policy: { name: lin-ucb, model: hybrid }
catalogs:
  plain:
    - { id: a, features: { price: cheap } }
    - { id: a }
`
  expect(faults(text).map((line) => line.trim())).toEqual([
    'forage.yaml has 6 faults',
    'forage.yaml:3  placements.home.floor: must be at most 1',
    expect.stringMatching(/^forage.yaml:7 {2}placements\.home\.encoder\.crosses\.0\.0: there is no context field "segment"$/),
    expect.stringMatching(/^forage.yaml:9 {2}placements\.home\.reward\.expression: Unexpected end of expression/),
    expect.stringMatching(/^forage.yaml:12 {2}placements\.plain\.policy(\.model)?: .*hybrid/),
    expect.stringMatching(/^forage.yaml:15 {2}catalogs\.plain\.0\.features\.price: expected a finite number/),
    expect.stringMatching(/^forage.yaml:16 {2}catalogs\.plain\.1\.id: is the id of an earlier item/),
  ])
})

it('names the policies there are', () => {
  expect(faults('placements:\n  home:\n    policy: { name: linear }\n').join()).toMatch(/forage\.yaml:3 {2}placements\.home\.policy\.name: /)
})

it('names the line of broken YAML and of a repeated key', () => {
  expect(faults('placements:\n  home: [1\n')[1]).toMatch(/forage\.yaml:\d: /)
  expect(faults('placements: {}\nplacements: {}\n')[1]).toMatch(/forage\.yaml:2: .*unique/)
})

it('refuses prototype keys like any other unknown field', () => {
  expect(faults('placements:\n  home:\n    __proto__: { floor: 1 }\n').join()).toContain('__proto__')
  expect(({} as { floor?: number }).floor).toBeUndefined()
})

it('says which file cannot be read', async () => {
  const { readForageFile } = await import('./read-forage-file.ts')
  expect(() => readForageFile('no/such/forage.yaml')).toThrow(/no\/such\/forage\.yaml cannot be read/)
})
