import { classificationDataSet, type LoadOptions } from './classification.ts'
import { malformed, numberIn, readCsv, type CsvShape } from './csv.ts'
import type { DataSet } from './data-set.ts'

const shape: CsvShape = { what: 'UCI Statlog (Shuttle) as a CSV with the header V1,…,V9,class', columns: 10, header: true }
/** Published bandit results use the training part, which comes first. */
const TRAINING_ROWS = 43_500
const CLASSES = 7

/** Statlog (Shuttle): nine numbers, seven classes, four fifths of them one class. @throws ForageError `not_found`, `invalid_request` */
export async function loadStatlog(path: string, options?: LoadOptions): Promise<DataSet> {
  const rows = (await readCsv(path, shape)).slice(0, TRAINING_ROWS)
  const columns = Array.from({ length: 9 }, (_, index) => `V${index + 1}`)
  const arms = Array.from({ length: CLASSES }, (_, index) => String(index + 1))
  const labels = rows.map((row) => {
    const label = arms.indexOf(row.cells[9]!.trim())
    if (label === -1) throw malformed(path, shape, row.line, `column 10 must be a class from 1 to 7, got ${JSON.stringify(row.cells[9])}`)
    return label
  })
  const values = rows.map((row) => columns.map((_, column) => numberIn(row, column, path, shape)))
  return classificationDataSet({ name: 'statlog', columns, values, labels, arms }, options)
}
