export type {
  CacheStore, Checkpoint, CheckpointChanges, CheckpointStore, CheckpointWrite, Document, DocumentStore, GroupStore, GroupView, Standing, Store,
} from './store.ts'
