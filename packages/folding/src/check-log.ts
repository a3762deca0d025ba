import { ForageError } from '@forage/domain'
import type { Checkpoint } from '@forage/store'

/** @throws ForageError `corrupt_state` when the log is not the one the checkpoint was made of */
export function checkLog(fold: string, partition: number, { offset, replayFrom }: Checkpoint, start: number, end: number): void {
  if (offset > end)
    throw new ForageError('corrupt_state', `${fold} was saved at offset ${offset} of partition ${partition}, but the log ends at ${end}: records are lost, or it is another log`, {
      fold, partition, offset, end,
    })
  if (replayFrom < start)
    throw new ForageError('corrupt_state', `${fold} must re-read partition ${partition} from offset ${replayFrom}, but the log starts at ${start}`, { fold, partition, replayFrom, start })
}
