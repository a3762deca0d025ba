import type { Position } from '../event-log.ts'
import type { FetchedRecord } from './client.ts'

/** Positions of the newest keys, at most `mostKeys`. Of one partition the first position of a key wins. */
export class KeyIndex {
  readonly #mostKeys: number
  readonly #positions = new Map<string, Position>()

  constructor(mostKeys: number) {
    this.#mostKeys = mostKeys
  }

  find(key: string): Position | null {
    const position = this.#positions.get(key)
    return position === undefined ? null : { ...position }
  }

  add(key: string, position: Position): void {
    const known = this.#positions.get(key)
    if (known !== undefined && (known.partition !== position.partition || known.offset <= position.offset)) return
    this.#positions.set(key, { ...position })
    if (this.#positions.size <= this.#mostKeys) return
    const [oldest] = this.#positions.keys()
    this.#positions.delete(oldest!)
  }

  addAll(partition: number, records: readonly FetchedRecord[]): void {
    for (const { key, offset } of records) if (key !== null) this.add(key.toString('utf8'), { partition, offset })
  }
}
