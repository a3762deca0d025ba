export { linearDataSet } from './data-sets/linear.ts'
export { dataSetNames, loadDataSet, type DataSetName } from './data-sets/load.ts'
export type { DataSet, Outcome, Round, Rounds } from './data-sets/data-set.ts'
export { decisionIdFor } from './decision-id.ts'
