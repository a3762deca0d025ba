import { hash32, quantise, quantiseWithin, type FeatureValue, type FieldSpec } from '@forage/domain'
import { invalidFeature } from './invalid-feature.ts'

/** One declared field, ready to write its coordinates. */
export interface Field {
  readonly length: number
  /** A name for each coordinate, the field's own name given as `label`. */
  names(label: string): string[]
  /**
   * Writes `value` into `out[at … at + length)`, which holds zeros. `parent` and `name` are the feature's path, for errors.
   * @throws ForageError `invalid_feature`
   */
  write(value: FeatureValue, out: Float64Array, at: number, parent: string, name: string): void
}

export function compileField(spec: FieldSpec): Field {
  switch (spec.type) {
    case 'numeric': {
      const { mean, sd, bins = [] } = spec
      const limit = quantise(spec.clip) // a clipped value must lie on the grid too
      return {
        length: bins.length === 0 ? 1 : bins.length + 2,
        names: (label) => [label, ...binNames(label, bins)],
        write(value, out, at, parent, name) {
          if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidFeature(`${parent}.${name}`, 'a finite number', value)
          out[at] = quantiseWithin((value - mean) / sd, limit)
          if (bins.length > 0) out[at + 1 + binOf(value, bins)] = 1
        },
      }
    }
    case 'boolean':
      return {
        length: 1,
        names: (label) => [label],
        write(value, out, at, parent, name) {
          if (typeof value !== 'boolean') throw invalidFeature(`${parent}.${name}`, 'true or false', value)
          out[at] = value ? 1 : 0
        },
      }
    case 'categorical': {
      const places = new Map(spec.values.map((value, place) => [value, place]))
      return choices(spec.values.length, (label) => spec.values.map((value) => `${label}=${value}`), (value) => places.get(value))
    }
    case 'hashed': {
      const { name, buckets } = spec
      const names = (label: string) => Array.from({ length: buckets }, (_, bucket) => `${label}#${bucket}`)
      return choices(buckets, names, (value) => hash32(`${name}=${value}`) % buckets)
    }
    case 'vector': {
      const { length, scale } = spec
      const limit = quantise(spec.clip)
      return {
        length,
        names: (label) => Array.from({ length }, (_, index) => `${label}[${index}]`),
        write(value, out, at, parent, name) {
          if (!Array.isArray(value) || value.length !== length) throw invalidFeature(`${parent}.${name}`, `an array of ${length} numbers`, value)
          for (let index = 0; index < length; index++) {
            const coordinate: unknown = value[index]
            if (typeof coordinate !== 'number' || !Number.isFinite(coordinate))
              throw invalidFeature(`${parent}.${name}[${index}]`, 'a finite number', coordinate)
            out[at + index] = quantiseWithin(coordinate * scale, limit)
          }
        },
      }
    }
  }
}

/** Coordinates that say which values are there: one string, or several for a multi-hot. `place` of an unknown value is undefined. */
function choices(length: number, names: Field['names'], place: (value: string) => number | undefined): Field {
  const mark = (value: string, out: Float64Array, at: number) => {
    const found = place(value)
    if (found !== undefined) out[at + found] = 1
  }
  return {
    length,
    names,
    write(value, out, at, parent, name) {
      if (typeof value === 'string') return mark(value, out, at)
      if (!Array.isArray(value)) throw invalidFeature(`${parent}.${name}`, 'a string or an array of strings', value)
      for (let index = 0; index < value.length; index++) {
        const one: unknown = value[index]
        if (typeof one !== 'string') throw invalidFeature(`${parent}.${name}[${index}]`, 'a string', one)
        mark(one, out, at)
      }
    },
  }
}

/** How many edges are at or below `value`: an interval holds its lower edge. */
function binOf(value: number, edges: readonly number[]): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value >= edges[middle]!) low = middle + 1
    else high = middle
  }
  return low
}

function binNames(label: string, edges: readonly number[]): string[] {
  if (edges.length === 0) return []
  return [`${label}<${edges[0]}`, ...edges.map((edge, index) => (index === edges.length - 1 ? `${label}≥${edge}` : `${label}∈[${edge},${edges[index + 1]})`))]
}
