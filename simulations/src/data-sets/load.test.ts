import { createEncoder } from '@forage/features'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { havePublishedData, publishedPath } from '../testing/published-data.ts'
import type { DataSet } from './data-set.ts'
import { linearDataSet } from './linear.ts'
import { loadDataSet, type DataSetName } from './load.ts'

const folder = mkdtempSync(join(tmpdir(), 'forage-data-sets-'))
function fileOf(text: string): string {
  const path = join(folder, `${Math.random()}.csv`)
  writeFileSync(path, text)
  return path
}

const shroom = (label: string, letter: string) => [label, ...Array.from({ length: 22 }, () => letter)].join(',')

describe('a file', () => {
  it.each<[string, DataSetName, string, RegExp]>([
    ['of another shape', 'mushroom', '1,2,3\n', /is not UCI Mushroom .*line 1: expected 23 columns, got 3/],
    ['with another label', 'mushroom', `${shroom('e', 'x')}\n${shroom('q', 'x')}\n`, /line 2: column 1 must be e or p, got "q"/],
    ['with a word for a number', 'statlog', 'V1,V2,V3,V4,V5,V6,V7,V8,V9,class\n1,2,3,4,5,6,7,8,9,1\n1,2,3,4,five,6,7,8,9,1\n', /line 3: column 5 must be a number, got "five"/],
    ['with an unknown class', 'statlog', 'V1,V2,V3,V4,V5,V6,V7,V8,V9,class\n1,2,3,4,5,6,7,8,9,8\n', /line 2: column 10 must be a class/],
    ['without rows', 'covertype', '', /the file has no rows/],
    ['with an open quote', 'covertype', '"1,2\n', /is not UCI Covertype/],
  ])('%s is refused with its path and line', async (_, name, text, message) => {
    const path = fileOf(text)
    await expect(loadDataSet(name, path)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message), details: { path } })
  })
  it('that is missing, a folder or of an unknown name is refused', async () => {
    await expect(loadDataSet('mushroom', '/no/such/file')).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('/no/such/file: there is no such file') })
    await expect(loadDataSet('mushroom', folder)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('it is a folder') })
    expect(() => loadDataSet('toString' as DataSetName, '')).toThrow('choose mushroom, statlog, covertype')
  })
})

it('pays 5 or −35 for eating by a coin thrown once per draw, and knows the best', async () => {
  const dataSet = await loadDataSet('mushroom', fileOf(`${shroom('e', 'x')}\n${shroom('p', 'y')}\n`))
  const stream = dataSet.rounds(3, 4000)
  const seen = Array.from({ length: 4000 }, (_, index) => stream.at(index))
  const poisonous = seen.filter(({ bestExpected }) => bestExpected === 0)
  expect(new Set(seen.map(({ rewards, expected, bestExpected, uniformExpected }) => [...rewards, ...expected, bestExpected, uniformExpected].join()))).toEqual(
    new Set(['5,0,5,0,5,2.5', '-35,0,-15,0,0,-7.5', '5,0,-15,0,0,-7.5']),
  )
  // five sigma around one half
  expect(Math.abs(poisonous.length / 4000 - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / 4000))
  expect(Math.abs(poisonous.filter(({ rewards }) => rewards[0] === 5).length / poisonous.length - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / poisonous.length))
})

/** What every data set promises. */
function keepsItsPromises(dataSet: DataSet, d: number, count = 300): void {
  const encoder = createEncoder(dataSet.encoder)
  expect(encoder.d).toBe(d)
  const [stream, shorter, other] = [dataSet.rounds(1, count), dataSet.rounds(1, count / 2), dataSet.rounds(2, count / 2)]
  const x = new Float64Array(d)
  let differs = 0
  for (let index = 0; index < count / 2; index++) {
    const round = stream.at(index)
    encoder.join(encoder.context(JSON.parse(JSON.stringify(round.features))), encoder.item({}), x, 0)
    expect(round.x).toEqual(x)
    expect(round.rewards).toHaveLength(dataSet.arms.length)
    expect(round.bestExpected).toBe(Math.max(...round.expected))
    for (const reward of round.rewards) expect(reward >= dataSet.rewardRange[0] && reward <= dataSet.rewardRange[1]).toBe(true)
    expect(shorter.at(index)).toEqual(round)
    expect(shorter.at(index).x).toEqual(round.x)
    if (other.at(index).x.some((value, at) => value !== round.x[at])) differs++
  }
  expect(differs).toBeGreaterThan(count / 4)
  expect(() => stream.at(count)).toThrow(`there is no round ${count}`)
  for (const count of [0, 1.5, Number.NaN, dataSet.maxRounds + 1]) expect(() => dataSet.rounds(1, count)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
}

it('gives numbers bins of about equal size when asked, as part of the schema', async () => {
  const lines = Array.from({ length: 100 }, (_, row) => `${row},${row % 2},7,0,0,0,0,0,${row < 90 ? 0 : row},${1 + (row % 7)}`)
  const path = fileOf(`V1,V2,V3,V4,V5,V6,V7,V8,V9,class\n${lines.join('\n')}\n`)
  const { encoder } = await loadDataSet('statlog', path, { bins: 4 })
  const bins = encoder.kind === 'declared' ? encoder.fields.map((field) => (field.type === 'numeric' ? field.bins : undefined)) : []
  expect(bins).toEqual([[25, 50, 75], ...Array.from({ length: 8 }, () => undefined)])
  keepsItsPromises(await loadDataSet('statlog', path, { bins: 4 }), 14, 100)
  const narrow = (await loadDataSet('statlog', path, { clip: 0.5 })).rounds(0, 100)
  expect(Math.max(...Array.from({ length: 100 }, (_, index) => Math.max(...narrow.at(index).x.subarray(0, 9))))).toBe(0.5)
  await expect(loadDataSet('statlog', path, { clip: 0 })).rejects.toMatchObject({ code: 'invalid_spec' })
  expect(() => loadDataSet('statlog', path, { bins: -1 })).toThrow('bins must be')
})

it('linear: encodes and repeats its rounds', () => keepsItsPromises(linearDataSet(), 5))

describe.skipIf(!havePublishedData)('the published files', () => {
  it.each([['mushroom', 118, Infinity, 2], ['statlog', 10, 43_500, 7], ['covertype', 55, 20_000, 7]] as const)('%s: encodes and repeats its rounds', async (name, d, rounds, arms) => {
    const dataSet = await loadDataSet(name, publishedPath(name))
    expect([dataSet.maxRounds, dataSet.arms.length]).toEqual([rounds, arms])
    keepsItsPromises(dataSet, d)
  })

  it.each([['mushroom', 50_000, 2.59, -2.32], ['statlog', 43_500, 1, 1 / 7], ['covertype', 20_000, 1, 1 / 7]] as const)('%s: has the published optimum and uniform reward', async (name, count, best, uniform) => {
    const stream = (await loadDataSet(name, publishedPath(name))).rounds(0, count)
    let [bestSum, uniformSum] = [0, 0]
    for (let index = 0; index < count; index++) {
      bestSum += stream.at(index).bestExpected
      uniformSum += stream.at(index).uniformExpected
    }
    // mushroom draws rows: five sigma of a mean of 50,000 are 0.06 and 0.11
    expect(Math.abs(bestSum / count - best)).toBeLessThan(name === 'mushroom' ? 0.06 : 1e-9)
    expect(Math.abs(uniformSum / count - uniform)).toBeLessThan(name === 'mushroom' ? 0.12 : 1e-9)
  })
  it('statlog: visits every row once, standardised over all of them', async () => {
    const dataSet = await loadDataSet('statlog', publishedPath('statlog'))
    const stream = dataSet.rounds(4, 43_500)
    const sums = new Float64Array(10)
    const squares = new Float64Array(10)
    for (let index = 0; index < stream.length; index++)
      stream.at(index).x.forEach((value, column) => {
        sums[column]! += value
        squares[column]! += value * value
      })
    for (const column of [0, 2, 4, 6, 7, 8]) {
      expect(Math.abs(sums[column]! / 43_500)).toBeLessThan(2 ** -12)
      expect(squares[column]! / 43_500).toBeCloseTo(1, 3)
    }
  })
})
