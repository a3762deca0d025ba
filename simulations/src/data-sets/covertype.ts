import { classificationDataSet, type LoadOptions } from './classification.ts'
import { malformed, numberIn, readCsv, type CsvShape } from './csv.ts'
import type { DataSet } from './data-set.ts'

const shape: CsvShape = { what: 'UCI Covertype (54 numbers and the class, no header)', columns: 55, header: false }
const CLASSES = 7
const measured = [
  'elevation', 'aspect', 'slope', 'horizontalToWater', 'verticalToWater', 'horizontalToRoads',
  'hillshade9', 'hillshade12', 'hillshade15', 'horizontalToFirePoints',
]
const columns = [...measured, ...numbered('wilderness', 4), ...numbered('soil', 40)]

/** Covertype: ten measurements and 44 indicators of a patch of forest, seven kinds of cover. @throws ForageError `not_found`, `invalid_request` */
export async function loadCovertype(path: string, options?: LoadOptions): Promise<DataSet> {
  const rows = await readCsv(path, shape)
  const arms = numbered('', CLASSES)
  const labels = rows.map((row) => {
    const label = arms.indexOf(row.cells[54]!.trim())
    if (label === -1) throw malformed(path, shape, row.line, `column 55 must be a class from 1 to 7, got ${JSON.stringify(row.cells[54])}`)
    return label
  })
  const values = rows.map((row) => columns.map((_, column) => numberIn(row, column, path, shape)))
  return classificationDataSet({ name: 'covertype', columns, values, labels, arms }, options)
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index + 1}`)
}
