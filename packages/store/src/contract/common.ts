import type { CheckpointWrite, Store } from '../store.ts'

/** Opens an empty store whose clock is `now`. */
export type OpenStore = (now: () => number) => Promise<Store>

export type Cases = Record<string, (open: OpenStore) => Promise<void>>

export const bytes = (...values: number[]) => Uint8Array.of(...values)
export const write = (change: Partial<CheckpointWrite>): CheckpointWrite => ({ epoch: 1, offset: 10, replayFrom: 4, fields: new Map(), entries: new Map(), ...change })
export const clock = () => 0
