import { changeCases } from './contract/changes.ts'
import { checkpointCases } from './contract/checkpoints.ts'
import { documentCases } from './contract/documents.ts'
import { groupCases } from './contract/groups.ts'
import { otherCases } from './contract/others.ts'
export type { OpenStore } from './contract/common.ts'

/** What every store must do. Each case is a function of its own, so that a test can also see it fail on a broken store. */
export const storeContract = { ...checkpointCases, ...changeCases, ...groupCases, ...documentCases, ...otherCases }
