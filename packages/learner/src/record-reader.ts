import type { InteractionRecord } from '@forage/domain'
import type { LogRecord } from '@forage/folding'
import { decisionEntry } from './matured-entries.ts'
import { readRecord } from './read-record.ts'

/** Decodes each record once, though a batch is looked at twice: for the entries it needs, then to apply it. */
export function createRecordReader() {
  const ahead = new Map<number, InteractionRecord>()

  return {
    /**
     * Keys of the side entries that the batch can need: of its decisions (is the id known?) and of feedback about decisions that
     * `unknown` says memory does not hold.
     */
    readAhead(records: readonly LogRecord[], unknown: (decisionId: string) => boolean): Set<string> {
      ahead.clear()
      const keys = new Set<string>()
      for (const { offset, value } of records) {
        let record: InteractionRecord
        try {
          record = readRecord(value)
        } catch {
          continue // `apply` will say so
        }
        ahead.set(offset, record)
        const id = record.kind === 'decision' ? record.id : record.kind === 'feedback' || record.kind === 'activation' ? record.decisionId : null
        if (id !== null && unknown(id)) keys.add(decisionEntry(id))
      }
      return keys
    },
    /** @throws ForageError `unreadable_record` */
    read: ({ offset, value }: LogRecord): InteractionRecord => ahead.get(offset) ?? readRecord(value),
  }
}
