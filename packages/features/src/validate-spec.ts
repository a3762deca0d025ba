import { ForageError, MAX_FEATURE, type EncoderSpec, type FieldSpec } from '@forage/domain'
import { compileField } from './field.ts'

/** A model keeps d² / 2 numbers: past this a request cannot be answered in its time. */
const MAX_D = 2048

/** @throws ForageError `invalid_spec` that names the first fault, with `details.path` = e.g. `fields[2].sd` */
export function validateEncoderSpec(spec: EncoderSpec): void {
  if (spec.kind === 'declared') return validateDeclared(spec)
  if (spec.kind !== 'hashed') throw fault('kind', 'must be declared or hashed')
  if (!isWhole(spec.dimension, 8, MAX_D - 1)) throw fault('dimension', `must be a whole number from 8 to ${MAX_D - 1}`)
}

function validateDeclared(spec: Extract<EncoderSpec, { kind: 'declared' }>): void {
  const lengths = new Map<string, number>()
  let d = spec.intercept ? 1 : 0
  for (const [index, field] of spec.fields.entries()) {
    const path = `fields[${index}]`
    validateField(field, path)
    const key = `${field.from} ${field.name}`
    if (lengths.has(key)) throw fault(`${path}.name`, `there are two ${field.from} fields ${JSON.stringify(field.name)}`)
    const { length } = compileField(field)
    lengths.set(key, length)
    d += length
  }
  const crossed = new Set<string>()
  for (const [index, [context, item]] of spec.crosses.entries()) {
    const path = `crosses[${index}]`
    const [left, right] = [lengths.get(`context ${context}`), lengths.get(`item ${item}`)]
    if (left === undefined) throw fault(`${path}[0]`, `there is no context field ${JSON.stringify(context)}`)
    if (right === undefined) throw fault(`${path}[1]`, `there is no item field ${JSON.stringify(item)}`)
    const pair = JSON.stringify([context, item])
    if (crossed.has(pair)) throw fault(path, `the cross ${pair} is there twice`)
    crossed.add(pair)
    d += left * right
  }
  if (d === 0) throw fault('fields', 'there is nothing to encode: no field and no intercept')
  if (d > MAX_D) throw fault('fields', `the vector would have ${d} coordinates, more than ${MAX_D}`)
}

function validateField(field: FieldSpec, path: string): void {
  if (typeof field.name !== 'string' || field.name === '') throw fault(`${path}.name`, 'must be a name')
  if (field.from !== 'context' && field.from !== 'item') throw fault(`${path}.from`, 'must be context or item')
  switch (field.type) {
    case 'numeric':
      if (!Number.isFinite(field.mean)) throw fault(`${path}.mean`, 'must be finite')
      if (!isPositive(field.sd)) throw fault(`${path}.sd`, 'must be above 0')
      validateBins(field.bins ?? [], path)
      return validateClip(field.clip, path)
    case 'boolean':
      return
    case 'categorical':
      if (field.values.length === 0) throw fault(`${path}.values`, 'must not be empty')
      if (new Set(field.values).size < field.values.length) throw fault(`${path}.values`, 'must not repeat a value')
      return
    case 'hashed':
      if (!isWhole(field.buckets, 1, MAX_D)) throw fault(`${path}.buckets`, `must be a whole number from 1 to ${MAX_D}`)
      return
    case 'vector':
      if (!isWhole(field.length, 1, MAX_D)) throw fault(`${path}.length`, `must be a whole number from 1 to ${MAX_D}`)
      if (!isPositive(field.scale)) throw fault(`${path}.scale`, 'must be above 0')
      return validateClip(field.clip, path)
    default:
      throw fault(`${path}.type`, 'must be numeric, boolean, categorical, hashed or vector')
  }
}

function validateBins(bins: readonly number[], path: string): void {
  const wrong = bins.findIndex((edge, index) => !Number.isFinite(edge) || (index > 0 && edge <= bins[index - 1]!))
  if (wrong !== -1) throw fault(`${path}.bins[${wrong}]`, 'must be a finite number above the edge before it')
}

function validateClip(clip: number, path: string): void {
  if (!(isPositive(clip) && clip <= MAX_FEATURE)) throw fault(`${path}.clip`, `must be above 0 and at most ${MAX_FEATURE}`)
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0
}

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to
}

function fault(path: string, message: string): ForageError {
  return new ForageError('invalid_spec', `encoder: ${path} ${message}`, { path })
}
