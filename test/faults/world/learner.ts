import { join } from 'node:path'
import { Child } from './child.ts'
import type { LearnerReport, LearnerTask } from './learner-task.ts'

const script = join(import.meta.dirname, '../learner-process.ts')
const nothing: LearnerReport = { ended: false, owned: [], positions: [], members: 0, fenced: 0, regressed: 0, rebuilt: 0, deadLetters: 0, errors: 0, lastError: '', failures: [] }

/** One learner process and what it last said of itself. */
export class Learner extends Child {
  readonly name: string
  #report = nothing

  constructor(task: LearnerTask) {
    super(script, [JSON.stringify(task)], {}, (message) => (this.#report = message as LearnerReport))
    this.name = task.member
  }

  get report(): LearnerReport {
    return this.#report
  }
}
