import { applyChange, createStatistics, decodeChange, type ModelStatistics, type StatisticsChange } from '@forage/bandit'
import { ForageError } from '@forage/domain'
import { readingScaleOf } from './decay-origin.ts'
import { savedModels, type ModelFields, type SavedModel } from './saved-models.ts'

interface Copied {
  form: SavedModel
  statistics: ModelStatistics | null
}

/** A change of one model that has been verified. */
interface Checked {
  readonly number: number
  readonly form: SavedModel
  readonly statistics: ModelStatistics | null
  readonly sums: StatisticsChange | null
}

const corrupt = (message: string, details: Record<string, unknown>) => new ForageError('corrupt_state', message, details)

/** The models of a replica. What did not change keeps its revision. */
export function createCopiedModels() {
  const models = new Map<number, Copied>()
  const learned = new Map<string, ModelStatistics>()
  const numbers = new Map<string, number>()

  /** Everything that must hold before anything is touched. */
  function verify(number: number, changed: ModelFields): Checked {
    const known = models.get(number)
    const form = changed.form ?? known?.form
    if (form === undefined) throw corrupt('sums of a model that is not described', { number })
    if (known !== undefined && !sameForm(known.form, form)) throw corrupt('a model became another one', { number, key: form.key, before: known.form.key })
    if ((numbers.get(form.key) ?? number) !== number) throw corrupt('one model under two numbers', { number, key: form.key })
    const statistics = known?.statistics ?? null
    const moved = statistics !== null && known!.form.origin !== form.origin
    if (changed.parts.length === 0) {
      if (moved) throw corrupt('the origin of the sums moved without them', { key: form.key })
      return { number, form, statistics, sums: null }
    }
    const sums = decodeChange(changed.parts, form)
    if (statistics === null && sums.shared === null) throw corrupt('the shared part is missing', { key: form.key })
    if (moved && [...statistics.arms.keys()].some((id) => !sums.arms.has(id)))
      throw corrupt('the origin of the sums moved without all of them', { key: form.key })
    let count = statistics?.count ?? 0
    for (const [id, arm] of sums.arms) count += arm.count - (statistics?.arms.get(id)?.count ?? 0)
    const expected = sums.shared?.count ?? statistics!.count
    if (count !== expected) throw corrupt('an arm is missing', { key: form.key, count, expected })
    return { number, form, statistics: statistics ?? emptyOf(form), sums }
  }

  return {
    learned: learned as ReadonlyMap<string, ModelStatistics>,
    readingScale(key: string, now: number): number {
      const number = numbers.get(key)
      return number === undefined ? 1 : readingScaleOf(models.get(number)!.form, now)
    },
    /**
     * Verifies everything that changed; the function it returns makes the change and cannot fail.
     * @throws ForageError `corrupt_state`
     */
    prepare(fields: Iterable<readonly [string, Uint8Array]>): () => void {
      const checked = [...savedModels(fields)].map(([number, changed]) => verify(number, changed))
      if (new Set(checked.map(({ form }) => form.key)).size < checked.length) throw corrupt('one model under two numbers', {})
      return () => {
        for (const { number, form, statistics, sums } of checked) {
          models.set(number, { form, statistics })
          numbers.set(form.key, number)
          if (statistics === null) continue
          if (sums !== null) applyChange(statistics, sums)
          learned.set(form.key, statistics)
        }
      }
    },
  }
}

const sameForm = (a: SavedModel, b: SavedModel) =>
  a.key === b.key && a.shape === b.shape && a.d === b.d && a.sharedLength === b.sharedLength && a.halfLifeMs === b.halfLifeMs

function emptyOf({ key, shape, d, sharedLength }: SavedModel): ModelStatistics {
  try {
    return createStatistics(shape, d, sharedLength)
  } catch (cause) {
    throw new ForageError('corrupt_state', 'a saved model cannot exist in this form', { key, shape, d, sharedLength }, { cause })
  }
}
