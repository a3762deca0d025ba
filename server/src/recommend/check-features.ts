import { Features } from '@forage/contracts'
import { z } from 'zod'
import type { FieldFault } from '../http/problem.ts'

const { propertyNames } = z.toJSONSchema(Features) as { propertyNames: { pattern: string } }
const NAME = new RegExp(propertyNames.pattern, 'u')
const [LIMIT, TEXT, LIST, LEVELS] = [1e9, 1024, 4096, 3]

/**
 * The contract `Features` by hand, as a schema compiler cannot do it: a union three levels deep costs it most of a request's check and
 * names a whole feature where this names the place in it. Held to the contract by a test. `null`: nothing is wrong.
 */
export function checkFeatures(features: object, at: string): FieldFault | null {
  for (const name in features) {
    if (!isName(name)) return { field: `${at}.${name}`, message: 'a feature name must be 1–128 printable characters' }
    const value = (features as Record<string, unknown>)[name]
    if (typeof value === 'number' ? value >= -LIMIT && value <= LIMIT : typeof value === 'string' ? value.length <= TEXT : typeof value === 'boolean') continue
    const fault = checkValue(value, at, name, LEVELS)
    if (fault !== null) return fault
  }
  return null
}

function checkValue(value: unknown, parent: string, key: string | number, levels: number): FieldFault | null {
  if (typeof value === 'number') return value >= -LIMIT && value <= LIMIT ? null : { field: `${parent}.${key}`, message: 'must be a finite number within ±1e9' }
  if (typeof value === 'string') return value.length <= TEXT ? null : { field: `${parent}.${key}`, message: `must have at most ${TEXT} characters` }
  if (value === null || typeof value === 'boolean') return null
  const at = `${parent}.${key}`
  if (levels === 0) return { field: at, message: `is nested deeper than ${LEVELS} levels` }
  if (Array.isArray(value)) {
    if (value.length > LIST) return { field: at, message: `must have at most ${LIST} elements` }
    for (let index = 0; index < value.length; index++) {
      const element: unknown = value[index]
      if (typeof element === 'number' && element >= -LIMIT && element <= LIMIT) continue
      const fault = checkValue(element, at, index, levels - 1)
      if (fault !== null) return fault
    }
    return null
  }
  for (const name in value as object) {
    if (!isName(name)) return { field: `${at}.${name}`, message: 'a feature name must be 1–128 printable characters' }
    const fault = checkValue((value as Record<string, unknown>)[name], at, name, levels - 1)
    if (fault !== null) return fault
  }
  return null
}


function isName(name: string): boolean {
  if (name.length > 64 || name.length === 0 || name === '__proto__') return NAME.test(name)
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (code < 32 || code > 126) return NAME.test(name)
  }
  return true
}
