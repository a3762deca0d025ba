// Reads JSON Schema into what the page shows: pure functions, tested in `server/src/pages/schema.test.ts`.

/** Follows `$ref` inside the document. */
export function resolve(schema, document) {
  let found = schema
  while (found?.$ref !== undefined) found = found.$ref.replace(/^#\//, '').split('/').reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document)
  return found ?? {}
}

const unionOf = (schema) => schema.oneOf ?? schema.anyOf ?? null

/** The type in one line: `string`, `array of object`, `"click" | "view"`. */
export function typeOf(given, document) {
  const schema = resolve(given, document)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const union = unionOf(schema)
  if (union !== null) return [...new Set(union.map((part) => typeOf(part, document)))].join(' | ')
  if (Array.isArray(schema.type)) return schema.type.join(' | ')
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map((part) => typeOf(part, document)).join(', ')}]`
  if (schema.type === 'array') return listType(schema, document)
  if (schema.type === 'object' && schema.properties === undefined && typeof schema.additionalProperties === 'object') return 'object (any names)'
  return schema.type ?? 'any'
}

function listType({ items = {} }, document) {
  const item = typeOf(items, document)
  return item.includes(' | ') && item.length > 40 ? 'array' : `array of ${item}`
}

/** What the value must satisfy beyond its type. */
export function rulesOf(given, document) {
  const schema = resolve(given, document)
  const rules = []
  const between = (low, high, unit) => {
    if (low !== undefined && high !== undefined) rules.push(`${low} – ${high}${unit}`)
    else if (low !== undefined) rules.push(`≥ ${low}${unit}`)
    else if (high !== undefined) rules.push(`≤ ${high}${unit}`)
  }
  const safe = (bound) => (Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound)
  between(safe(schema.minimum), safe(schema.maximum), '')
  if (schema.exclusiveMinimum !== undefined) rules.push(`> ${schema.exclusiveMinimum}`)
  between(schema.minLength, schema.maxLength, ' characters')
  between(schema.minItems, schema.maxItems, ' entries')
  if (schema.format !== undefined) rules.push(schema.format)
  if (schema.default !== undefined) rules.push(`default ${brief(schema.default)}`)
  return rules
}

const brief = (value) => {
  const text = JSON.stringify(value)
  return text.length > 60 ? 'set' : text
}

/**
 * The objects inside a schema that have fields of their own, each with a name: the object itself, an array's entries, the variants of
 * a union. Empty for scalars.
 */
export function objectsOf(given, document) {
  const schema = resolve(given, document)
  if (schema.properties !== undefined) return [{ name: nameOf(schema), schema }]
  if (schema.type === 'array') return objectsOf(schema.items ?? {}, document)
  return (unionOf(schema) ?? []).flatMap((part) => objectsOf(part, document))
}

function nameOf({ properties }) {
  for (const key of ['name', 'kind', 'type']) if (properties[key]?.const !== undefined) return String(properties[key].const)
  return Object.keys(properties).slice(0, 3).join(', ') + (Object.keys(properties).length > 3 ? ', …' : '')
}

/** The fields of an object schema. */
export function fieldsOf(schema, document) {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    type: typeOf(field, document),
    required: required.has(name) && resolve(field, document).default === undefined, // what has a default may be left out
    description: field.description ?? resolve(field, document).description ?? '',
    rules: rulesOf(field, document),
    objects: objectsOf(field, document),
  }))
}

/** A command that can be pasted. */
export function curlOf({ origin, method, path, body, stream }) {
  const verb = method === 'get' ? '' : method === 'post' && body !== undefined ? '' : ` -X ${method.toUpperCase()}`
  const start = `curl -s${stream ? 'N' : ''}${verb} '${origin}${path}'`
  if (body === undefined) return start
  return `${start} \\\n  -H 'content-type: application/json' \\\n  -d '${jsonOf(body).replaceAll("'", String.raw`'\''`)}'`
}

/** JSON with line breaks only where a line would get long. */
export function jsonOf(value, indent = '') {
  const flat = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ')
  if (flat.length + indent.length <= 76 || typeof value !== 'object' || value === null) return flat
  const inner = `${indent}  `
  const lines = Array.isArray(value) ? value.map((entry) => inner + jsonOf(entry, inner)) : Object.entries(value).map(([key, entry]) => `${inner}${JSON.stringify(key)}: ${jsonOf(entry, inner)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`
}
