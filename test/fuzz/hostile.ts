import * as fc from 'fast-check'

/** Values that have broken services: out of range, of another type, named like the prototype, too long. */
const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null, true, -0, 5e-324, 1e308, -1e308, 1e15, 2 ** 53 + 1, -1, 0, '', ' ', '\u0000', '\u202E', '\uD800', 'a'.repeat(129), 'a'.repeat(5000),
    '__proto__', 'constructor', [], {}, [[]], [null], { $gt: '' }, { toString: 1 }, '1', 'NaN', '2026-13-45T00:00:00Z',
  ),
  fc.jsonValue({ maxDepth: 4 }),
)

/** Raw replacements that no JSON.stringify would write. */
const raw = ['1e999', '-1e999', '1' + '0'.repeat(400), 'NaN', '{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '[1,1,]', '"\\ud800"']

const MARK = '\uE000raw\uE000'

/** A valid body, or that body with one place spoiled, as raw text. `valid` tells which, before the server is asked. */
export function nearlyValid(valid: fc.Arbitrary<unknown>): fc.Arbitrary<{ text: string; spoiled: boolean }> {
  const spoiling = fc.tuple(valid, fc.nat(), fc.oneof(values, fc.constant(MARK)), fc.constantFrom(...raw), fc.constantFrom('replace', 'remove', 'add', 'cut', 'swap' as const))
  return fc.oneof(
    { weight: 3, arbitrary: valid.map((value) => ({ text: JSON.stringify(value), spoiled: false })) },
    { weight: 2, arbitrary: spoiling.map(([value, where, hostile, replacement, how]) => ({ text: spoil(value, where, hostile, replacement, how), spoiled: true })) },
  )
}

function spoil(value: unknown, where: number, hostile: unknown, replacement: string, how: string): string {
  const copy: unknown = JSON.parse(JSON.stringify(value))
  if (how === 'cut') return JSON.stringify(copy).slice(0, where % (JSON.stringify(copy).length + 1))
  if (how === 'swap') return JSON.stringify(hostile).replaceAll(`"${MARK}"`, replacement)
  const places: [Record<string, unknown>, string][] = []
  collect(copy, places)
  const place = places[where % Math.max(1, places.length)]
  if (place === undefined) return JSON.stringify(hostile).replaceAll(`"${MARK}"`, replacement)
  const [parent, key] = place
  if (how === 'remove') delete parent[key]
  else if (how === 'add') Object.defineProperty(parent, where % 3 === 0 ? '__proto__' : `extra${where % 7}`, { value: hostile, enumerable: true, configurable: true, writable: true })
  else parent[key] = hostile
  return JSON.stringify(copy).replaceAll(`"${MARK}"`, replacement)
}

function collect(value: unknown, places: [Record<string, unknown>, string][]): void {
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    places.push([value as Record<string, unknown>, key])
    collect((value as Record<string, unknown>)[key], places)
  }
}
