export type { CacheStore, Checkpoint, CheckpointStore, CheckpointWrite, Document, DocumentStore, Store } from './store.ts'
