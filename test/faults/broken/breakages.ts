import { decodeRecord, encodeRecord } from '@forage/domain'
import type { Fold } from '@forage/folding'
import type { LearnerShard } from '@forage/learner'
import type { CheckpointWrite, Store } from '@forage/store'
import { setTimeout as pause } from 'node:timers/promises'
import type { Breakage, LearnerTask } from '../world/learner-task.ts'
import { withGoodChecksums } from './checksums.ts'
import { NaiveCheckpoints } from './naive-checkpoints.ts'

/** Long enough that a kill falls between two writes now and then. */
const BETWEEN_WRITES_MS = 20

/** A store as a careless build would have it; untouched without `broken`. */
export async function breakStore(store: Store, task: LearnerTask): Promise<Store> {
  const { checkpoints } = store
  switch (task.broken) {
    case 'offset-apart': {
      const naive = await NaiveCheckpoints.open(task)
      const save = async (_fold: string, partition: number, write: CheckpointWrite) => {
        await naive.writeState(partition, write)
        await pause(BETWEEN_WRITES_MS)
        await naive.writeOffset(partition, write)
      }
      return { ...store, checkpoints: plain(store, save) }
    }
    case 'no-fence': {
      const naive = await NaiveCheckpoints.open(task)
      return { ...store, checkpoints: plain(store, (_fold, partition, write) => naive.writeAll(partition, write)) }
    }
    case 'no-checksum':
      return { ...store, checkpoints: { ...plain(store, (fold, partition, write) => checkpoints.save(fold, partition, write)), load: async (fold, partition) => withGoodChecksums(await checkpoints.load(fold, partition)) } }
    case 'hopeful':
      return { ...store, checkpoints: plain(store, (fold, partition, write) => checkpoints.save(fold, partition, write).catch(() => {})) }
    case 'no-letters':
      return { ...store, documents: { ...store.documents, put: async (kind, id, body) => ({ kind, id, version: 1, body }) } }
    default:
      return store
  }
}

/** The store's methods without the questions that notice others' saves. */
function plain({ checkpoints }: Store, save: Store['checkpoints']['save']): Store['checkpoints'] {
  return {
    acquire: (fold, partition) => checkpoints.acquire(fold, partition),
    load: (fold, partition) => checkpoints.load(fold, partition),
    entries: (fold, partition, keys) => checkpoints.entries(fold, partition, keys),
    discard: (fold, partition, epoch) => checkpoints.discard(fold, partition, epoch),
    save,
  }
}

/** A fold that takes every copy of a feedback for a new one, when `no-dedupe` is broken. */
export function breakFold(fold: Fold<LearnerShard>, broken: Breakage | undefined): Fold<LearnerShard> {
  if (broken !== 'no-dedupe') return fold
  return {
    name: fold.name,
    shard(partition) {
      const shard = fold.shard(partition)
      const rename = (record: Parameters<LearnerShard['apply']>[0]) => {
        try {
          const content = decodeRecord(record.value)
          return content.kind === 'feedback' ? { ...record, value: encodeRecord({ ...content, feedbackId: `${content.feedbackId}@${record.offset}` }) } : record
        } catch {
          return record
        }
      }
      const renamed = new WeakMap<object, ReturnType<typeof rename>>()
      const once = (record: Parameters<LearnerShard['apply']>[0]) => {
        const known = renamed.get(record) ?? rename(record)
        renamed.set(record, known)
        return known
      }
      return Object.create(shard, {
        wants: { value: (records: Parameters<LearnerShard['wants']>[0]) => shard.wants(records.map(once)) },
        apply: { value: (record: Parameters<LearnerShard['apply']>[0], rebuilding: boolean) => shard.apply(once(record), rebuilding) },
      }) as LearnerShard
    },
  }
}
