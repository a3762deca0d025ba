import type { World } from './world/world.ts'

export interface Settings {
  readonly seed: string
  /** The long form: more of everything. */
  readonly long: boolean
  /** Numbers of the big run, when they are given. */
  readonly sizes: Readonly<Record<string, number>>
  /** Progress, for people. */
  readonly say: (what: string) => void
}

export interface Outcome {
  readonly ok: boolean
  /** Why not, or what was seen; goes into the result as it is. */
  readonly [detail: string]: unknown
}

/** One fault, injected and judged. */
export interface FaultTest {
  readonly name: string
  /** What is injected, in a few words. */
  readonly what: string
  /** Only run when it is named, or in the long form. */
  readonly onlyLong?: boolean
  run(world: World, settings: Settings): Promise<Outcome>
}
