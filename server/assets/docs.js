import { h } from './dom.js'
import { bodies, pathValue, queries } from './examples.js'
import { curlOf, fieldsOf, objectsOf, resolve, typeOf } from './schema.js'

const byId = (id) => document.getElementById(id)

async function read() {
  const answer = await fetch('/openapi.json')
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`)
  return answer.json()
}

function show(api) {
  byId('version').textContent = `version ${api.info.version}`
  byId('about').textContent = `${api.info.description} Errors are problem+json with a code. Read from /openapi.json; fields that are not listed are refused.`
  const groups = new Map()
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other'
      groups.set(tag, [...(groups.get(tag) ?? []), { path, method, operation }])
    }
  }
  for (const [tag, operations] of groups) {
    const title = tag[0].toUpperCase() + tag.slice(1)
    byId('toc').append(h('h2', {}, title), ...operations.map(({ path, method, operation }) => h('a', { href: `#${operation.operationId}` }, verb(method), breakable(path))))
    byId('operations').append(h('section', { 'aria-label': title }, ...operations.map((entry) => operationPanel(entry, api))))
  }
  if (location.hash !== '') byId(location.hash.slice(1))?.scrollIntoView()
}

/** A path that breaks before its slashes only. */
const breakable = (path) => h('span', {}, ...path.split(/(?=\/)/).flatMap((step) => [h('wbr'), step]))

const verb = (method) => h('span', { class: `method ${method}` }, method.toUpperCase())

function operationPanel({ path, method, operation }, api) {
  const id = operation.operationId
  const panel = h('article', { class: 'panel operation', id, 'aria-labelledby': `${id}-title` })
  panel.append(h('h3', { id: `${id}-title` }, verb(method), path), h('p', {}, operation.summary ?? ''))
  const parameters = operation.parameters ?? []
  if (parameters.length > 0) {
    const fields = { properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])), required: parameters.filter(({ required }) => required).map(({ name }) => name) }
    panel.append(h('h4', {}, 'Parameters'), fieldTable(fields, api, `${id} parameters`))
  }
  const body = operation.requestBody?.content?.['application/json']?.schema
  if (body !== undefined) panel.append(h('h4', {}, 'Body'), schemaView(body, api, `${id} body`))
  panel.append(...example(path, method, id, body))
  const answers = Object.entries(operation.responses ?? {})
  const refusals = answers.filter(([, response]) => response.content?.['application/problem+json'] !== undefined)
  const others = answers.filter((entry) => !refusals.includes(entry))
  panel.append(h('h4', {}, 'Answers'), ...others.map(([status, response]) => answer(status, response, api, id)))
  if (refusals.length > 0) {
    const statuses = refusals.map(([status]) => (status === 'default' ? 'others' : status)).join(', ')
    panel.append(answer(statuses, { ...refusals[0][1], description: 'refused or failed' }, api, id))
  }
  return panel
}

function example(path, method, id, body) {
  const target = pathValue(path) + (queries[id] === undefined ? '' : `?${queries[id]}`)
  const text = curlOf({ origin: location.origin, method, path: target, body: body === undefined ? undefined : bodies[id], stream: id === 'live' })
  const copy = h('button', { type: 'button', class: 'copy', 'aria-label': `Copy the example of ${id}` }, 'Copy')
  copy.addEventListener('click', async () => {
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false)
    byId('said').textContent = done ? 'Copied.' : 'Copying is not allowed here: select the text.'
    copy.textContent = done ? 'Copied' : 'Select it'
  })
  return [h('div', { class: 'code-head' }, h('h4', {}, 'Example'), copy), h('pre', { tabindex: 0 }, h('code', {}, text))]
}

function answer(status, response, api, id) {
  const [media, content] = Object.entries(response.content ?? {})[0] ?? []
  const title = `${status}: ${response.description ?? ''}`
  if (content === undefined) return h('p', { class: 'quiet' }, title)
  const summary = h('summary', {}, title, ' ', h('span', { class: 'quiet' }, media))
  return h('details', {}, summary, schemaView(content.schema, api, `${id} ${status}`))
}

/** A schema as tables: one per object, variants one after the other. */
function schemaView(schema, api, label) {
  const objects = objectsOf(schema, api)
  if (objects.length === 0) return h('p', {}, h('code', {}, typeOf(schema, api)))
  if (objects.length === 1) return fieldTable(objects[0].schema, api, label)
  return h('div', {}, ...objects.map(({ name, schema: part }) => h('details', {}, h('summary', {}, name), fieldTable(part, api, `${label}: ${name}`))))
}

function fieldTable(schema, api, label) {
  const rows = fieldsOf(resolve(schema, api), api).map((field) =>
    h(
      'tr',
      {},
      h('td', {}, field.name, field.required ? h('span', { class: 'required' }, 'required') : null),
      h('td', {}, h('span', { class: 'type' }, shortType(field)), field.rules.length > 0 ? h('div', { class: 'quiet' }, field.rules.join(', ')) : null),
      h('td', {}, ...prose(field.description), ...nested(field, api, `${label}.${field.name}`)),
    ),
  )
  const head = h('tr', {}, ...['Field', 'Type', 'Meaning'].map((title) => h('th', { scope: 'col' }, title)))
  return h('div', { class: 'scroll-x' }, h('table', { class: 'fields', 'aria-label': label }, h('thead', {}, head), h('tbody', {}, ...rows)))
}

/** Text with `code` in it. */
const prose = (text) => text.split('`').map((part, at) => (at % 2 === 1 ? h('code', {}, part) : part))

const shortType = ({ type }) => (type.length > 120 ? `${type.slice(0, 117)}…` : type)

function nested(field, api, label) {
  return field.objects.map(({ name, schema }) => h('details', {}, h('summary', {}, field.objects.length > 1 ? name : 'fields'), fieldTable(schema, api, `${label} ${name}`)))
}

read().then(show, (error) => {
  byId('about').textContent = `The description cannot be read: ${error.message}. Nothing else is wrong with this page; reload to try again.`
})
