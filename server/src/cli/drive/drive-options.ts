import type { PlayingOptions } from '../commands/playing-options.ts'
import type { NamedPolicy } from '../options.ts'

export interface DriveOptions extends PlayingOptions {
  readonly url: string
  readonly policy: NamedPolicy
  readonly seed: number
  readonly concurrency: number
  readonly waitLearned?: boolean
  readonly placement?: string
  readonly feedbackRepeat?: [number, number]
  readonly shuffle?: boolean
  readonly patience: number
}
