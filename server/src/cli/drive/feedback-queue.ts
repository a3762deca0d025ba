/** How many calls may wait for their turn while the order is shuffled. */
const WAITING = 64

export interface FeedbackQueueOptions<T> {
  readonly send: (item: T) => Promise<void>
  /** How often each item is sent: [min, max]. */
  readonly repeat: readonly [number, number]
  readonly shuffle: boolean
  /** Numbers in [0, 1), seeded. */
  readonly random: () => number
}

export interface FeedbackQueue<T> {
  /** Resolves when the caller may go on: as many items as came in have gone out, in whatever order. */
  push(item: T): Promise<void>
  /** Sends all that still waits. */
  drain(): Promise<void>
}

/** Sends each item `repeat` times; shuffled, an item waits among up to 64 others and leaves in random order. */
export function createFeedbackQueue<T>({ send, repeat: [low, high], shuffle, random }: FeedbackQueueOptions<T>): FeedbackQueue<T> {
  const waiting: T[] = []
  const next = (): T => {
    const at = shuffle ? Math.floor(random() * waiting.length) : 0
    const [item] = waiting.splice(at, 1)
    return item!
  }
  return {
    push: async (item) => {
      const copies = low + Math.floor(random() * (high - low + 1))
      for (let copy = 0; copy < copies; copy++) waiting.push(item)
      const room = shuffle ? WAITING : 0
      while (waiting.length > room) await send(next())
    },
    drain: async () => {
      while (waiting.length > 0) await send(next())
    },
  }
}
