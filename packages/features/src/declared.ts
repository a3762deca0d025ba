import { ForageError, MAX_FEATURE, quantiseWithin, type EncoderSpec, type Features, type FieldSource, type FieldSpec } from '@forage/domain'
import type { EncodedPart, Encoder } from './encoder.ts'
import { compileField, type Field } from './field.ts'
import { encoderVersion } from './version.ts'

type DeclaredSpec = Extract<EncoderSpec, { kind: 'declared' }>

interface PlacedField {
  readonly name: string
  /** Every object has a property of this name (`constructor`): only an own one is a feature. */
  readonly inherited: boolean
  readonly field: Field
  /** First coordinate within its part. */
  readonly at: number
  readonly names: readonly string[]
}

/** One side of the schema: its fields one after the other. */
interface Side {
  readonly length: number
  readonly names: readonly string[]
  readonly fields: ReadonlyMap<string, PlacedField>
  encode(features: Features, at: string, reuse?: EncodedPart): EncodedPart
}

/** A field that is missing or null leaves zeros (for a number: its mean); features the schema does not name are ignored. */
export function declaredEncoder(spec: DeclaredSpec): Encoder {
  const onBothSides = (name: string) => (['context', 'item'] as const).every((from) => spec.fields.some((field) => field.name === name && field.from === from))
  const label = ({ name, from }: FieldSpec) => (onBothSides(name) ? `${from}.${name}` : name)
  const context = placeFields(spec.fields, 'context', label)
  const item = placeFields(spec.fields, 'item', label)
  const crosses = spec.crosses.map(([left, right]) => ({ left: context.fields.get(left)!, right: item.fields.get(right)! }))
  const crossNames = crosses.flatMap(({ left, right }) => left.names.flatMap((a) => right.names.map((b) => `${a}×${b}`)))
  const itemLength = item.length + crossNames.length
  const names = [...item.names, ...crossNames, ...context.names, ...(spec.intercept ? ['intercept'] : [])]
  return {
    spec,
    version: encoderVersion(spec),
    d: names.length,
    itemLength,
    names,
    context: (features, at = 'context') => context.encode(features, at),
    item: (features, at = 'item', reuse) => item.encode(features, at, reuse),
    join({ values: left }, { values: right }, out, at) {
      if (left.length !== context.length || right.length !== item.length)
        throw new ForageError('shape_mismatch', 'the parts were made by another encoder', { context: left.length, item: right.length })
      let next = at
      for (let index = 0; index < right.length; index++) out[next++] = right[index]!
      for (const { left: a, right: b } of crosses)
        for (let row = 0; row < a.field.length; row++) {
          const factor = left[a.at + row]!
          for (let column = 0; column < b.field.length; column++) out[next++] = product(factor, right[b.at + column]!)
        }
      for (let index = 0; index < left.length; index++) out[next++] = left[index]!
      if (spec.intercept) out[next] = 1
    },
  }
}

/** Most products have a one-hot side: they are already quantised and in range. */
function product(a: number, b: number): number {
  if (a === 0 || b === 0) return 0
  if (a === 1) return b
  return b === 1 ? a : quantiseWithin(a * b, MAX_FEATURE)
}

function placeFields(specs: readonly FieldSpec[], from: FieldSource, label: (spec: FieldSpec) => string): Side {
  const placed: PlacedField[] = []
  let length = 0
  for (const spec of specs) {
    if (spec.from !== from) continue
    const field = compileField(spec)
    placed.push({ name: spec.name, inherited: spec.name in {}, field, at: length, names: field.names(label(spec)) })
    length += field.length
  }
  return {
    length,
    names: placed.flatMap(({ names }) => names),
    fields: new Map(placed.map((field) => [field.name, field])),
    encode(features, at, reuse) {
      const part = reuse ?? { values: new Float64Array(length) }
      const { values } = part
      if (reuse !== undefined) values.fill(0)
      for (const { name, inherited, field, at: place } of placed) {
        const value = !inherited || Object.hasOwn(features, name) ? features[name] : undefined
        if (value !== undefined && value !== null) field.write(value, values, place, at, name)
      }
      return part
    },
  }
}
