/**
 * What this process knows of a partition it acquired. Its saves carry tokens `owner:1`, `owner:2`, …, so that it can tell the states it
 * may find (the newest confirmed one, or a later one whose answer was lost) from a store that went back in time.
 */
export interface Writer {
  readonly epoch: number
  readonly owner: string
  /** Token of the newest confirmed save, or the one found at the acquisition; '' for none. */
  known: string
  /** Number of the newest confirmed save. */
  confirmed: number
  /** Number of the newest save that was tried. */
  tried: number
  /** Offset of the newest confirmed save, or the one found at the acquisition; −1 for none. */
  offset: number
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
}

export function confirm(writer: Writer, number: number, token: string, offset: number): void {
  if (number > writer.confirmed) Object.assign(writer, { confirmed: number, known: token, offset })
}
