import { lineChart } from './chart.js'
import { h, table } from './dom.js'
import { compare, niceCeiling, pairUp, rates, remember, shares, WINDOW_SECONDS } from './history.js'

const language = document.documentElement.lang
const format = (options) => {
  const formatter = new Intl.NumberFormat(language, options)
  return (value) => formatter.format(value).replace('-', '−')
}
const whole = format({ maximumFractionDigits: 0 })
const perSecond = format({ minimumFractionDigits: 1, maximumFractionDigits: 1 })
const reward = format({ minimumFractionDigits: 3, maximumFractionDigits: 3 })
const axis = format({ maximumSignificantDigits: 3 })
const percent = format({ style: 'percent', maximumFractionDigits: 0 })
const signed = format({ style: 'percent', maximumFractionDigits: 0, signDisplay: 'always' })
const signedReward = format({ minimumFractionDigits: 3, maximumFractionDigits: 3, signDisplay: 'always' })

const byId = (id) => document.getElementById(id)
const tile = (name, text) => (document.querySelector(`[data-tile="${name}"]`).textContent = text)

const sections = new Map()
const histories = new Map()
let lastMessage = null
let messages = 0

byId('empty-curl').textContent = `curl -X PUT ${location.origin}/api/placements/home-hero \\
  -H 'content-type: application/json' \\
  -d '{ "policy": { "name": "linear-thompson" },
        "reward": { "expression": "click + 5 * purchase", "range": [0, 6] } }'`

function duration(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`
}

function show(live) {
  if (messages++ > 0) { // the first message has no second behind it
    tile('decisions', perSecond(live.decisionsPerSecond))
    tile('feedback', perSecond(live.feedbackPerSecond))
  }
  tile('lag', whole(live.learnerLag))
  tile('uptime', duration(live.uptimeSeconds))
  tile('learned', whole(live.placements.reduce((sum, { observations }) => sum + observations, 0)))
  byId('empty').hidden = live.placements.length > 0
  const seconds = Date.parse(live.at) / 1000
  for (const placement of live.placements) {
    const key = { ...placement, snapshotKey: `${placement.version} ${placement.policy}` }
    histories.set(placement.id, remember(histories.get(placement.id) ?? [], seconds, key))
  }
  const pairs = pairUp(live.placements)
  const shown = new Set(pairs.map(({ placement }) => placement.id))
  for (const [id, section] of sections) {
    if (shown.has(id)) continue
    section.remove()
    sections.delete(id)
  }
  for (const pair of pairs) showPlacement(pair)
}

function sectionOf(id) {
  const known = sections.get(id)
  if (known !== undefined) return known
  const section = byId('placement-template').content.cloneNode(true).firstElementChild
  section.querySelector('h2').textContent = id
  section.querySelector('h2').id = `placement-${sections.size}`
  section.setAttribute('aria-labelledby', `placement-${sections.size}`)
  byId('placements').append(section)
  sections.set(id, section)
  return section
}

function showPlacement({ placement, control }) {
  const section = sectionOf(placement.id)
  const part = (name) => section.querySelector(`[data-part="${name}"]`)
  part('about').textContent = `${placement.policy} · definition ${placement.version} · posterior at ${placement.snapshotVersion || 'the prior'}`
  showVerdict(part('verdict'), placement, control)
  showChart(part, placement, control)
  showItems(part, placement, control)
}

function showVerdict(element, placement, control) {
  const { observations: n, meanReward: mean } = placement
  const result = control === null ? null : compare(placement, control)
  element.dataset.verdict = result?.verdict ?? 'none'
  if (n === 0 || mean === null) return element.replaceChildren('Nothing learned yet: rewards count when their reward window ends.')
  const earned = [h('strong', {}, placement.id), ` earned ${reward(mean)} per item shown, ${whole(n)} times`]
  if (control === null) return element.replaceChildren(...earned, '.')
  if (result === null || !(control.meanReward > 0)) return element.replaceChildren(...earned, '; too few to compare with chance.')
  const relative = (value) => signed(value / control.meanReward)
  const word = { better: 'better', worse: 'worse', open: '' }[result.verdict]
  element.replaceChildren(
    ...earned,
    ', ',
    h('span', { class: word, title: `difference of mean rewards since the start: ${signedReward(result.difference)}` }, relative(result.difference)),
    ` against ${reward(control.meanReward)} by chance `,
    h('span', { class: 'quiet', title: 'normal approximation, independent visitors' }, `(95% interval ${relative(result.low)} to ${relative(result.high)})`),
    result.verdict === 'open' ? ': not separated yet.' : '.',
  )
}

function showChart(part, placement, control) {
  const lines = [{ name: 'learned', kind: 'learned', points: rates(histories.get(placement.id)) }]
  if (control !== null) lines.push({ name: 'uniform', kind: 'control', points: rates(histories.get(control.id)) })
  if (control === null) lines[0].name = 'now'
  part('chart-note').textContent = `mean of the last ${WINDOW_SECONDS} s, since this page was opened`
  const drawn = lines.some(({ points }) => points.filter(({ rate }) => rate !== null).length > 1)
  part('chart').replaceChildren(drawn ? lineChart(lines, axis, Math.max(300, part('chart').clientWidth)) : h('div', { class: 'chart-empty' }, 'Waiting for the next rewards …'))
  if (!part('chart-table').closest('details').open) return
  const rows = lines[0].points.map(({ seconds, rate }, at) => {
    const cells = [new Date(seconds * 1000).toLocaleTimeString(language), rate === null ? '–' : reward(rate)]
    const other = lines[1]?.points.at(at - lines[0].points.length)?.rate
    return lines.length === 1 ? cells : [...cells, typeof other === 'number' ? reward(other) : '–']
  })
  part('chart-table').replaceChildren(table('Reward per item shown', ['Time', ...lines.map(({ name }) => `${name}#`)], rows.reverse()))
}

const SHOWN = 15

function showItems(part, placement, control) {
  const now = shares(histories.get(placement.id))
  const total = Math.max(1, placement.observations)
  const shareOf = (item) => now?.get(item.id) ?? item.observations / total
  const items = [...placement.items].sort((a, b) => b.observations - a.observations || (a.id < b.id ? -1 : 1))
  const reach = ({ meanReward, standardError }) => Math.abs(meanReward ?? 0) + 2 * (standardError ?? 0)
  const low = Math.min(0, ...items.map(({ meanReward }) => meanReward ?? 0))
  const high = niceCeiling(Math.max(1e-9, ...items.filter(({ observations }) => observations >= 5).map(reach)))
  const bottom = low < 0 ? -niceCeiling(-low) : 0
  const at = (value) => `${Math.min(100, Math.max(0, ((value - bottom) / (high - bottom)) * 100)).toFixed(2)}%`
  const head = h('div', { class: 'item head', 'aria-hidden': 'true' }, h('span', {}, 'item'), h('span', {}, `${axis(bottom)} – ${axis(high)}`), h('span', { class: 'number' }, 'mean', h('small', {}, ' ± s.e.')), h('span', { class: 'number' }, 'share'))
  const rows = items.slice(0, SHOWN).sort((a, b) => (a.id < b.id ? -1 : 1)) // a row keeps its place
  part('items').replaceChildren(head, ...rows.map((item) => itemRow(item, at, percent(shareOf(item)))))
  const rest = items.length > SHOWN ? ` ${items.length - SHOWN} more in the table.` : ''
  const period = now === null ? 'since the start' : `in the last ${WINDOW_SECONDS} s`
  part('items-note').textContent = `Share: part of what was learned from, ${period}.${rest} A contextual policy shows an item to those who like it, so these means do not rank items.`
  if (!part('items-table').closest('details').open) return
  const chance = new Map(control?.items.map((item) => [item.id, item]) ?? [])
  const heads = ['Item', 'Shown#', 'Share#', 'Mean reward#', 'Standard error#', ...(control === null ? [] : ['Mean when drawn by chance#'])]
  const cellsOf = items.map((item) => {
    const uniform = chance.get(item.id)?.meanReward
    const cells = [item.id, whole(item.observations), percent(shareOf(item)), amount(item.meanReward), amount(item.standardError)]
    return control === null ? cells : [...cells, amount(uniform)]
  })
  part('items-table').replaceChildren(table('Items', heads, cellsOf))
}

const amount = (value) => (typeof value === 'number' ? reward(value) : '–')

function itemRow(item, at, share) {
  const track = h('div', { class: 'track' })
  if (typeof item.meanReward === 'number') {
    const fill = h('div', { class: 'fill' })
    fill.style.width = at(item.meanReward)
    track.append(fill)
    if (typeof item.standardError === 'number') {
      const whisker = h('div', { class: 'whisker' })
      const [from, to] = [Number.parseFloat(at(item.meanReward - 2 * item.standardError)), Number.parseFloat(at(item.meanReward + 2 * item.standardError))]
      whisker.style.left = `${from}%`
      whisker.style.width = `${to - from}%`
      track.append(whisker)
    }
  }
  const error = typeof item.standardError === 'number' ? h('small', {}, ` ± ${reward(item.standardError)}`) : null
  return h('div', { class: 'item' }, h('span', { class: 'name', title: item.id }, item.id), track, h('span', { class: 'number' }, amount(item.meanReward), error), h('span', { class: 'number' }, share))
}

// One stream per page, closed while nobody looks. EventSource reconnects by itself after a lost connection, not after a refusal.
let source = null
let retry = null
let announced = ''

function say(state, text) {
  const pill = byId('connection')
  pill.dataset.state = state
  if (announced !== text) pill.textContent = announced = text // a live region: told once a change
}

const sayLost = () => say('lost', lastMessage === null ? 'not connected' : 'not connected, last values shown')

function connect() {
  clearTimeout(retry)
  source?.close()
  source = new EventSource('/api/live')
  source.addEventListener('message', receive)
  source.addEventListener('live', receive)
  source.addEventListener('error', () => {
    sayLost()
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 2000)
  })
}

function receive({ data }) {
  lastMessage = Date.now()
  say('live', 'live')
  show(JSON.parse(data))
  tick()
}

function tick() {
  if (lastMessage === null) return
  const age = Math.round((Date.now() - lastMessage) / 1000)
  byId('updated').textContent = age < 1 ? 'updated just now' : `updated ${duration(age)} ago`
  if (age >= 5) sayLost()
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) source?.close()
  else connect()
})
setInterval(tick, 1000)
connect()
