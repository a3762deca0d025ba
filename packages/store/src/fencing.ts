import { ForageError } from '@forage/domain'
import type { CheckpointWrite } from './store.ts'

/** What decides whether a write is still allowed: the newest owner and what was saved last. */
export interface Fence {
  readonly epoch: number
  /** −1 before the first save. */
  readonly offset: number
}

/** @throws ForageError `internal` for a write that contradicts itself */
export function checkWrite(fold: string, partition: number, { offset, replayFrom }: CheckpointWrite): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(replayFrom) || replayFrom < 0 || replayFrom > offset)
    throw new ForageError('internal', 'a checkpoint needs 0 ≤ replayFrom ≤ offset', { fold, partition, offset, replayFrom })
}

/** @throws ForageError `fenced`: a newer owner, or an offset that would go backwards; `internal` for a write that contradicts itself */
export function checkFence(fold: string, partition: number, fence: Fence, write: CheckpointWrite): void {
  checkWrite(fold, partition, write)
  const { epoch, offset } = write
  if (epoch !== fence.epoch)
    throw new ForageError('fenced', `partition ${partition} of ${fold} belongs to epoch ${fence.epoch}, not ${epoch}`, { fold, partition, epoch, owner: fence.epoch })
  if (offset < fence.offset)
    throw new ForageError('fenced', `partition ${partition} of ${fold} is saved up to ${fence.offset}, ${offset} would go backwards`, { fold, partition, offset, saved: fence.offset })
}
