export { ForageApiError, type FieldFault } from './api-error.ts'
export type { FetchLike } from './call.ts'
export {
  createClient,
  type CallOptions,
  type CatalogItemInput,
  type ClientOptions,
  type FeedbackResult,
  type ForageClient,
  type PlacementInput,
} from './client.ts'
