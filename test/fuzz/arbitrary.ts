import * as fc from 'fast-check'

/** The part of JSON Schema that zod writes for our contracts. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Record<string, JsonSchema>
  readonly type?: string
  readonly properties?: Record<string, JsonSchema>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly propertyNames?: JsonSchema
  readonly items?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** Property names that should mostly take values that exist on the server, or nothing but refusals would be tested. */
export type Known = Record<string, fc.Arbitrary<unknown>>

const MANY = 6

/** Writes every `$ref` out. Our contracts do not recurse, so this ends. */
export function dereference(schema: JsonSchema, definitions: Record<string, JsonSchema> = schema.$defs ?? {}): JsonSchema {
  if (schema.$ref !== undefined) return dereference(definitions[schema.$ref.replace('#/$defs/', '')]!, definitions)
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    const inner = '$ref' in value ? (dereference(value as JsonSchema, definitions) as object) : value
    return Object.fromEntries(Object.entries(inner).filter(([key]) => key !== '$defs').map(([key, part]) => [key, walk(part)]))
  }
  return walk(schema) as JsonSchema
}

/** Values that fit the schema. `known` overrides by property name. */
export function arbitraryFor(schema: JsonSchema, known: Known = {}): fc.Arbitrary<unknown> {
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return fc.oneof(...alternatives.map((one) => arbitraryFor(one, known)))
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? -1000, -1e6), max: Math.min(schema.maximum ?? 1000, 1e6) })
    case 'number':
      return fc.double({ min: schema.exclusiveMinimum ?? schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true, minExcluded: schema.exclusiveMinimum !== undefined })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      if (schema.prefixItems) return fc.tuple(...schema.prefixItems.map((item) => arbitraryFor(item, known)))
      return fc.array(arbitraryFor(schema.items ?? {}, known), { minLength: schema.minItems ?? 0, maxLength: Math.max(schema.minItems ?? 0, MANY) })
    case 'object':
      return object(schema, known)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function object(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  if (schema.properties === undefined) {
    const value = typeof schema.additionalProperties === 'object' ? arbitraryFor(schema.additionalProperties, known) : fc.constant(1)
    return fc.dictionary(text(schema.propertyNames ?? {}).filter((name) => name !== '__proto__'), value, { maxKeys: MANY })
  }
  const model: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, property] of Object.entries(schema.properties)) model[name] = known[name] ?? arbitraryFor(property, known)
  return fc.record(model, { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true })
}

const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
const word = fc.tuple(letters, fc.string({ unit: fc.constantFrom(...'abcXYZ019_'), maxLength: 20 })).map(([first, rest]) => first + rest)
const printable = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom('Ünïcødé', 'שלום', '推荐', 'constructor', 'toString', 'a/b/../c', '{}', 'a:b', ' ', '%00', "'; --") },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 128, unit: fc.constantFrom(...' !#$%&()*+,-./0159:;<=>?@AZ[]^_`az{|}~') }) },
)

function text(schema: JsonSchema): fc.Arbitrary<string> {
  if (schema.format === 'date-time') return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }).map((date) => date.toISOString())
  const pattern = schema.pattern === undefined ? null : new RegExp(schema.pattern, 'u')
  if (pattern === null) return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 64, 64) })
  const position = fc.tuple(fc.nat(9), fc.nat(1e6)).map(([partition, offset]) => `${partition}:${offset}`)
  return fc.oneof({ weight: 5, arbitrary: word }, { weight: 2, arbitrary: printable }, { weight: 1, arbitrary: position }).map((value) => {
    if (pattern.test(value)) return value
    return pattern.test('0:1') ? '0:1' : 'reward'
  })
}
