import {
  correct, createStatistics, decayWeight, decodeStatistics, encodeArm, encodeShared, observe, scaleStatistics, type ModelStatistics, type StatisticsForm,
} from '@forage/bandit'
import { ForageError, fromUnits } from '@forage/domain'
import { seal } from './blob.ts'
import { HALF_LIVES_PER_ORIGIN, readingScaleOf } from './decay-origin.ts'
import { savedModels, type SavedModel } from './saved-models.ts'

/** What all observations of one model have in common. */
export interface ModelForm extends StatisticsForm {
  readonly halfLifeMs: number | null
}

interface Model extends ModelForm {
  readonly key: string
  /** Number in the order of appearance: the name of its fields. */
  readonly number: number
  /** As in `Decay`. */
  origin: number | null
  statistics: ModelStatistics | null
  x: Float64Array
  changed: boolean
  readonly changedArms: Set<string>
}

/** One shard's statistics by model key, and which of them a checkpoint still has to save. */
export function createModels() {
  const models = new Map<string, Model>()
  const learned = new Map<string, ModelStatistics>()

  function weightAt(model: Model, time: number): number {
    const { halfLifeMs } = model
    if (halfLifeMs === null) return 1
    const span = HALF_LIVES_PER_ORIGIN * halfLifeMs
    const origin = Math.floor(time / span)
    model.origin ??= origin
    if (origin > model.origin) {
      // Exact: a power of two. Weights of older decisions shrink by the same, so corrections still cancel.
      setStatistics(model, scaleStatistics(model.statistics!, 2 ** Math.max(-1000, HALF_LIVES_PER_ORIGIN * (model.origin - origin))))
      model.origin = origin
      for (const arm of model.statistics!.arms.keys()) model.changedArms.add(arm)
    }
    return decayWeight(time, model.origin * span, halfLifeMs)
  }

  function setStatistics(model: Model, statistics: ModelStatistics): void {
    model.statistics = statistics
    learned.set(model.key, statistics)
  }

  function use(key: string, arm: string, units: readonly number[]): Model {
    const model = models.get(key)!
    if (model.statistics === null) setStatistics(model, createStatistics(model.shape, model.d, model.sharedLength))
    for (let place = 0; place < model.d; place++) model.x[place] = fromUnits(units[place]!)
    model.changed = true
    model.changedArms.add(arm)
    return model
  }

  const add = (key: string, number: number, { shape, d, sharedLength, halfLifeMs }: ModelForm, origin: number | null): Model => {
    const model = { key, number, shape, d, sharedLength, halfLifeMs, origin, statistics: null, x: new Float64Array(d), changed: false, changedArms: new Set<string>() }
    models.set(key, model)
    return model
  }

  return {
    /** Models something was learned about. */
    learned: learned as ReadonlyMap<string, ModelStatistics>,
    /** @throws ForageError `unreadable_record` when the model exists in another form, or none can exist in this one */
    check(key: string, form: ModelForm): void {
      const { shape, d, sharedLength, halfLifeMs } = form
      const model = models.get(key)
      const fits =
        model === undefined
          ? (d > 0 || shape === 'counts') && (shape === 'hybrid' ? sharedLength > 0 && sharedLength < d : sharedLength === 0)
          : model.shape === shape && model.d === d && model.sharedLength === sharedLength && model.halfLifeMs === halfLifeMs
      if (!fits) throw new ForageError('unreadable_record', 'a decision does not fit its model', { key, shape, d, sharedLength, halfLifeMs })
    },
    /** Makes the model known in this form, if it is not. */
    register(key: string, form: ModelForm): void {
      if (!models.has(key)) add(key, models.size, form, null).changed = true
    },
    /** One observation of a decision made at `time`; `units` is x in units of 2⁻¹². */
    observe(key: string, arm: string, units: readonly number[], reward: number, time: number): void {
      const model = use(key, arm, units)
      const weight = weightAt(model, time)
      observe(model.statistics!, arm, model.x, reward, weight)
    },
    correct(key: string, arm: string, units: readonly number[], from: number, to: number, time: number): void {
      const model = use(key, arm, units)
      const weight = weightAt(model, time)
      correct(model.statistics!, arm, model.x, from, to, weight)
    },
    /** What decayed sums must be multiplied with to be read at `now`; 1 without forgetting. */
    readingScale(key: string, now: number): number {
      const model = models.get(key)
      return model === undefined ? 1 : readingScaleOf(model, now)
    },
    /** @throws ForageError `corrupt_state` */
    restore(fields: ReadonlyMap<string, Uint8Array>): void {
      for (const [number, { form, parts }] of savedModels(fields)) {
        if (form === null) throw new ForageError('corrupt_state', 'sums of a model that is not described', { number })
        const model = add(form.key, number, form, form.origin)
        if (parts.length > 0) setStatistics(model, restoreSums(form, parts))
      }
    },
    collect(fields: Map<string, Uint8Array | null>): void {
      for (const model of models.values()) {
        if (!model.changed) continue
        const { key, number, shape, d, sharedLength, halfLifeMs, origin, statistics, changedArms } = model
        fields.set(`model/${number}`, seal({ key, shape, d, sharedLength, halfLifeMs, origin } satisfies SavedModel))
        if (statistics !== null) for (const [part, bytes] of encodeShared(statistics)) fields.set(`model/${number}/${part}`, bytes)
        if (statistics !== null) for (const arm of changedArms) for (const [part, bytes] of encodeArm(statistics, arm)) fields.set(`model/${number}/${part}`, bytes)
        model.changed = false
        changedArms.clear()
      }
    },
  }
}

function restoreSums(form: SavedModel, parts: readonly (readonly [string, Uint8Array])[]): ModelStatistics {
  const statistics = decodeStatistics(parts, form)
  let count = 0
  for (const arm of statistics.arms.values()) count += arm.count
  if (count !== statistics.count) throw new ForageError('corrupt_state', 'an arm is missing', { key: form.key, count, expected: statistics.count })
  return statistics
}
