import { randomUUID } from 'node:crypto'

/**
 * What this process knows of a partition it acquired. Its saves carry tokens `owner:1`, `owner:2`, …, so that it can tell the states it
 * may find (the newest confirmed one, or a later one whose answer was lost) from a store that went back in time.
 */
export interface Writer {
  readonly epoch: number
  readonly owner: string
  /** Token of the newest confirmed save, or the one found at the acquisition; '' for none. */
  known: string
  /** Number of the newest confirmed write: a save, or a discarding. */
  confirmed: number
  /** Number of the newest write that was tried. */
  tried: number
  /** Offset of the newest confirmed save, or the one found at the acquisition; −1 for none. */
  offset: number
}

/** A write that is about to be tried. */
export interface Attempt {
  readonly writer: Writer | undefined
  /** Who writes: the writer, or nobody else ever. */
  readonly owner: string
  readonly token: string
  /** What the scripts check it by, see GUARD. */
  readonly guard: readonly (string | number)[]
  /** It was done; the partition is at this offset now (−1: nothing saved). */
  confirm(offset: number): void
}

/** The partitions that this process acquired. */
export class Writers {
  readonly #writers = new Map<string, Writer>()

  took(key: string, epoch: number, owner: string, known: string, offset: number): void {
    this.#writers.set(key, { epoch, owner, known, confirmed: 0, tried: 0, offset })
  }

  /** Undefined when the epoch was acquired elsewhere: then only epoch and offset can be checked. */
  of(key: string, epoch: number): Writer | undefined {
    const writer = this.#writers.get(key)
    return writer?.epoch === epoch ? writer : undefined
  }

  attempt(key: string, epoch: number): Attempt {
    const writer = this.of(key, epoch)
    const number = writer === undefined ? 0 : ++writer.tried
    const owner = writer?.owner ?? randomUUID()
    const token = `${owner}:${number}`
    return {
      writer, owner, token,
      guard: [epoch, writer?.owner ?? '', writer?.known ?? '', writer?.confirmed ?? 0, number, token],
      confirm(offset) {
        if (writer !== undefined && number > writer.confirmed) Object.assign(writer, { confirmed: number, known: token, offset })
      },
    }
  }
}
