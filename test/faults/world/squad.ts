import type { Corner } from './corner.ts'
import type { LearnerReport, LearnerTask } from './learner-task.ts'
import type { Learner } from './learner.ts'
import { waitUntil } from './wait.ts'

type Counted = 'fenced' | 'regressed' | 'rebuilt' | 'errors'

/** Some learners that share a corner's partitions; one that dies is replaced by another. */
export class Squad {
  readonly #corner: Corner
  readonly #given: Partial<LearnerTask>
  readonly #past: Record<Counted, number> = { fenced: 0, regressed: 0, rebuilt: 0, errors: 0 }
  #learners: Learner[] = []

  constructor(corner: Corner, size: number, given: Partial<LearnerTask> = {}) {
    this.#corner = corner
    this.#given = given
    for (let index = 0; index < size; index++) this.add()
  }

  get learners(): readonly Learner[] {
    return this.#learners
  }

  add(given: Partial<LearnerTask> = {}): Learner {
    const learner = this.#corner.learner({ ...this.#given, ...given })
    this.#learners.push(learner)
    return learner
  }

  /** Sum over all that ever were; of killed ones, what they last said. */
  count(what: Counted): number {
    return this.#learners.reduce((sum, { report }) => sum + report[what], this.#past[what])
  }

  /** What members say that they gave up on. */
  get failures(): string[] {
    return this.#learners.flatMap(({ report }) => report.failures)
  }

  /** Those that ended though nobody ended them; each a fault. */
  get crashed(): string[] {
    return this.#learners.filter(({ running }) => !running).map(({ name }) => `${name} ended by itself`)
  }

  async kill(learner: Learner): Promise<void> {
    await learner.kill()
    this.#forget(learner, learner.report)
  }

  async stop(learner: Learner): Promise<void> {
    await learner.stop()
    this.#forget(learner, learner.report)
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#learners.map((learner) => this.stop(learner)))
  }

  /** Every partition is worked on by somebody who is not frozen. */
  async untilCovered(withinMs = 60_000): Promise<void> {
    try {
      await waitUntil('every partition has an owner', () => this.covered(), withinMs)
    } catch (cause) {
      throw new Error(`every partition has an owner: not within ${withinMs} ms; ${this.#said()}`, { cause })
    }
  }

  covered(): boolean {
    const owned = new Set(this.#learners.filter(({ frozen, running }) => running && !frozen).flatMap(({ report }) => report.owned))
    return owned.size === this.#corner.log.partitions
  }

  /** Everything before `ends` is in checkpoints. */
  async untilSaved(ends: readonly number[], withinMs = 120_000): Promise<void> {
    const { store } = this.#corner
    let at: (number | undefined)[] = []
    try {
      await waitUntil('the checkpoints', async () => {
        at = await Promise.all(ends.map(async (_, partition) => (await store.checkpoints.load('learner', partition))?.offset))
        return ends.every((end, partition) => (at[partition] ?? 0) >= end)
      }, withinMs, 100)
    } catch (cause) {
      throw new Error(`saved up to ${at.join(', ')} of ${ends.join(', ')} after ${withinMs} ms; ${this.#said()}`, { cause })
    }
  }

  /** What each learner said last. */
  #said(): string {
    return this.#learners.map(({ name, running, frozen, report }) => `${name}${running ? '' : ' (ended)'}${frozen ? ' (frozen)' : ''}: ${JSON.stringify(report)}`).join('\n')
  }

  #forget(learner: Learner, report: LearnerReport): void {
    this.#learners = this.#learners.filter((other) => other !== learner)
    for (const what of Object.keys(this.#past) as Counted[]) this.#past[what] += report[what]
  }
}
