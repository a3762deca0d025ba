import type { EncoderSpec, FieldSpec } from '@forage/domain'
import { malformed, readCsv, type CsvShape } from './csv.ts'
import { outcomeOf, type DataSet } from './data-set.ts'
import { checkRounds, createTable, roundsOf, streamOf } from './table.ts'

const shape: CsvShape = { what: 'UCI Mushroom (agaricus-lepiota.data: class and 22 letters, no header)', columns: 23, header: false }
const attributes = [
  'capShape', 'capSurface', 'capColour', 'bruises', 'odour', 'gillAttachment', 'gillSpacing', 'gillSize', 'gillColour', 'stalkShape',
  'stalkRoot', 'stalkSurfaceAbove', 'stalkSurfaceBelow', 'stalkColourAbove', 'stalkColourBelow', 'veilType', 'veilColour', 'ringNumber',
  'ringType', 'sporePrintColour', 'population', 'habitat',
]

// The arms are eat and pass.
const edible = outcomeOf([5, 0])
const poisonedLuckily = outcomeOf([5, 0], [-15, 0])
const poisoned = outcomeOf([-35, 0], [-15, 0])

/**
 * Mushrooms, drawn with replacement: eating an edible one pays 5, a poisonous one −35 or 5 by a coin thrown once per draw, passing 0.
 * @throws ForageError `not_found`, `invalid_request`
 */
export async function loadMushroom(path: string): Promise<DataSet> {
  const rows = await readCsv(path, shape)
  for (const { line, cells } of rows)
    if (cells[0] !== 'e' && cells[0] !== 'p') throw malformed(path, shape, line, `column 1 must be e or p, got ${JSON.stringify(cells[0])}`)
  const fields = attributes.map((name, index): FieldSpec => ({ name, from: 'context', type: 'categorical', values: [...new Set(rows.map(({ cells }) => cells[index + 1]!))].sort() }))
  const encoder: EncoderSpec = { kind: 'declared', intercept: true, fields, crosses: [] }
  const table = createTable(encoder, rows.length, (row) => Object.fromEntries(attributes.map((name, index) => [name, rows[row]!.cells[index + 1]!])))
  return {
    name: 'mushroom',
    arms: ['eat', 'pass'],
    encoder,
    rewardRange: [-35, 5],
    maxRounds: Infinity,
    rounds(seed, count) {
      checkRounds('mushroom', count, Infinity)
      const uniform = streamOf('mushroom', seed)
      const drawn = new Int32Array(count)
      const lucky = new Uint8Array(count)
      for (let index = 0; index < count; index++) {
        drawn[index] = Math.floor(uniform() * rows.length)
        lucky[index] = uniform() < 0.5 ? 1 : 0
      }
      return roundsOf(table, drawn, (index, row) => (rows[row]!.cells[0] === 'e' ? edible : lucky[index] === 1 ? poisonedLuckily : poisoned))
    },
  }
}
