/** Tells subscribers of a partition that records became readable: in a microtask of its own, once for all that came before it. */
export class Listeners {
  readonly #byPartition = new Map<number, Set<() => void>>()
  readonly #due = new Set<number>()

  /** How many listeners there are, over all partitions. */
  get size(): number {
    let size = 0
    for (const listeners of this.#byPartition.values()) size += listeners.size
    return size
  }

  add(partition: number, listener: () => void): () => void {
    const own = () => listener() // the same function may subscribe twice
    const listeners = this.#byPartition.get(partition) ?? new Set()
    this.#byPartition.set(partition, listeners.add(own))
    return () => void listeners.delete(own)
  }

  notify(partition: number): void {
    if (this.#due.has(partition) || !this.#byPartition.get(partition)?.size) return
    this.#due.add(partition)
    queueMicrotask(() => {
      this.#due.delete(partition)
      for (const listener of this.#byPartition.get(partition) ?? []) listener()
    })
  }

  clear(): void {
    this.#byPartition.clear()
  }
}
