import type { Block } from './block.ts'

/**
 * The newest blocks of one partition, back to back: a reader that keeps up gets them without asking the disk. Blocks are copies; readers
 * may keep views of them for ever.
 */
export class TailCache {
  readonly #mostBytes: number
  #blocks: Block[] = []
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Adds the block that follows the last one; anything else starts anew. */
  add(block: Block): void {
    const last = this.#blocks.at(-1)
    if (last !== undefined && last.base + last.count !== block.base) this.clear()
    this.#blocks.push(block)
    this.#bytes += block.bytes.length
    let gone = 0
    while (this.#bytes > this.#mostBytes) this.#bytes -= this.#blocks[gone++]!.bytes.length
    if (gone > 0) this.#blocks.splice(0, gone)
  }

  /** The block that holds `offset`, or null. */
  find(offset: number): Block | null {
    for (let index = this.#blocks.length - 1; index >= 0; index--) {
      const block = this.#blocks[index]!
      if (offset >= block.base) return offset < block.base + block.count ? block : null
    }
    return null
  }

  clear(): void {
    this.#blocks = []
    this.#bytes = 0
  }
}
