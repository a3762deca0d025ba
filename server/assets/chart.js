import { s } from './dom.js'
import { axisTicks, niceCeiling } from './history.js'

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [280, 46, 116, 12, 26]

/**
 * Lines over the last minutes, labelled at their ends.
 * @param width in CSS pixels
 * @param lines [{ name, kind: 'learned' | 'control', points: [{ seconds, rate }] }]; a rate of null is a gap
 */
export function lineChart(lines, number, width) {
  const known = lines.flatMap(({ points }) => points.filter(({ rate }) => rate !== null))
  const now = Math.max(...known.map(({ seconds }) => seconds))
  const span = Math.max(60, now - Math.min(...known.map(({ seconds }) => seconds)))
  const lowest = Math.min(0, ...known.map(({ rate }) => rate))
  const bottom = lowest < 0 ? -niceCeiling(-lowest) : 0
  const top = niceCeiling(Math.max(...known.map(({ rate }) => rate), bottom === 0 ? 1e-6 : 0))
  const x = (seconds) => LEFT + (1 - (now - seconds) / span) * (width - LEFT - RIGHT)
  const y = (rate) => TOP + ((top - rate) / (top - bottom)) * (HEIGHT - TOP - BOTTOM)

  const grid = axisTicks(bottom, top).flatMap((rate) => [
    s('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(rate), y2: y(rate) }),
    s('text', { x: LEFT - 8, y: y(rate) + 4, 'text-anchor': 'end' }, number(rate)),
  ])
  const marks = (span > 150 ? [-240, -180, -120, -60] : [-120, -90, -60, -30]).filter((ago) => -ago <= span * 0.97).filter((_, at, all) => width > 480 || (all.length - at) % 2 === 0)
  const times = [...marks, 0].map((ago) =>
    s('text', { x: x(now + ago), y: HEIGHT - 6, 'text-anchor': 'middle' }, ago === 0 ? 'now' : `${span > 150 ? `${-ago / 60} min` : `${-ago} s`} ago`),
  )
  const ends = dodge(lines.map(({ name, kind, points }) => ({ name, kind, rate: points.findLast(({ rate }) => rate !== null)?.rate })).filter(({ rate }) => rate !== undefined), y)
  const labels = ends.map(({ name, kind, rate, at }) => s('text', { class: `label ${kind}-label`, x: width - RIGHT + 8, y: at + 4 }, `${name} ${number(rate)}`))
  const paths = lines.map(({ kind, points }) => s('path', { class: kind, d: pathOf(points, x, y) }))
  const summary = ends.map(({ name, rate }) => `${name} ${number(rate)}`).join(', ')
  return s('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'img', 'aria-label': `Reward per item shown, now: ${summary}` }, ...grid, ...times, ...paths, ...labels)
}

function pathOf(points, x, y) {
  let pen = 'M'
  let path = ''
  for (const { seconds, rate } of points) {
    if (rate !== null) path += `${pen}${x(seconds).toFixed(1)},${y(rate).toFixed(1)}`
    pen = rate === null ? 'M' : 'L'
  }
  return path
}

/** Moves labels apart that would overlap. */
function dodge(ends, y) {
  const placed = ends.map((end) => ({ ...end, at: y(end.rate) })).sort((a, b) => a.at - b.at)
  for (let i = 1; i < placed.length; i++) placed[i].at = Math.max(placed[i].at, placed[i - 1].at + 16)
  return placed
}
