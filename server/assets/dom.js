const SVG = 'http://www.w3.org/2000/svg'

/** Makes an element. Text is always text: ids come from other people. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children)
}

export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children)
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value)
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

/** A table; columns whose head ends in `#` hold numbers. */
export function table(caption, heads, rows) {
  const kind = heads.map((head) => (head.endsWith('#') ? 'number' : null))
  return h(
    'table',
    { 'aria-label': caption },
    h('thead', {}, h('tr', {}, ...heads.map((head, at) => h('th', { scope: 'col', class: kind[at] }, head.replace('#', ''))))),
    h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell, at) => h('td', { class: kind[at] }, cell))))),
  )
}
