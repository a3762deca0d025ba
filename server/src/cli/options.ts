import { parsePolicy } from '@forage/bandit'
import { ForageError, type PolicySpec } from '@forage/domain'
import { InvalidArgumentError } from 'commander'

/** Parser of an option that is a whole number in [min, max]. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max === Number.MAX_SAFE_INTEGER ? '2^53' : max}.`)
    return value
  }
}

export function fraction(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.')
  return value
}

export interface NamedPolicy {
  /** As the user wrote it: reports call it so. */
  readonly text: string
  readonly spec: PolicySpec
}

export function policy(text: string): NamedPolicy {
  try {
    return { text: text.trim(), spec: parsePolicy(text.trim()) }
  } catch (error) {
    if (error instanceof ForageError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

/** `NAME[:key=value[;key=value]],NAME…`; a comma before `key=` goes on with the same policy's settings. */
export function policies(text: string): NamedPolicy[] {
  return text.split(/,(?!\s*[A-Za-z0-9]+\s*=)/).map((part) => policy(part))
}

/** `MIN-MAX`, or one number for both. */
export function numberRange(text: string): [number, number] {
  const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text.trim())
  const [low, high] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
  if (match === null || low < 1 || high < low) throw new InvalidArgumentError('It must look like 1-5: at least 1, the smaller number first.')
  return [low, high]
}

export function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

export function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError('It must be an address such as http://127.0.0.1:8080.')
  return text.replace(/\/+$/, '')
}

export const dataSetNames = ['mushroom', 'statlog', 'covertype'] as const
export type DataSetName = (typeof dataSetNames)[number]
