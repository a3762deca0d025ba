// What the page computes from the stream: pure functions, tested in `server/src/pages/history.test.ts`.

/** How far back a rate "now" looks. */
export const WINDOW_SECONDS = 30
const KEEP_SECONDS = 300
/** Below this a rate would only be noise. */
const FEWEST = 20

/** The cumulative sums of one placement, second by second. @param placement one of `LiveReply.placements` */
export function remember(points, seconds, placement) {
  const n = placement.observations
  const last = points.at(-1)
  const kept = last !== undefined && (n < last.n || last.version !== placement.snapshotKey) ? [] : points
  const items = new Map(placement.items.map((item) => [item.id, item.observations]))
  const point = { seconds, n, sum: (placement.meanReward ?? 0) * n, items, version: placement.snapshotKey }
  return [...kept.filter((old) => old.seconds >= seconds - KEEP_SECONDS - WINDOW_SECONDS), point]
}

/** The newest point that is at least a window older than the point at `index`, or the oldest one. */
function windowStart(points, index) {
  const from = points[index].seconds - WINDOW_SECONDS
  for (let at = index; at > 0; at--) if (points[at].seconds <= from) return points[at]
  return points[0]
}

/** Mean reward over the window that ends at each point; `null` where too few decisions fall in. */
export function rates(points) {
  return points.map((point, index) => {
    const start = windowStart(points, index)
    const n = point.n - start.n
    return { seconds: point.seconds, rate: n >= FEWEST ? (point.sum - start.sum) / n : null }
  })
}

/** Share of each item among what the last window taught; `null` when that is too little. */
export function shares(points) {
  if (points.length === 0) return null
  const now = points.at(-1)
  const start = windowStart(points, points.length - 1)
  const n = now.n - start.n
  if (n < FEWEST) return null
  return new Map([...now.items].map(([id, count]) => [id, (count - (start.items.get(id) ?? 0)) / n]))
}

/** Learned against control: the difference of their mean rewards since the start with its 95 % interval (independent visitors). */
export function compare(learned, control) {
  const enough = (side) => typeof side?.meanReward === 'number' && typeof side.standardError === 'number' && side.observations >= 30
  if (!enough(learned) || !enough(control)) return null
  const difference = learned.meanReward - control.meanReward
  const half = 1.959964 * Math.hypot(learned.standardError, control.standardError)
  const [low, high] = [difference - half, difference + half]
  return { difference, low, high, verdict: low > 0 ? 'better' : high < 0 ? 'worse' : 'open' }
}

/** `shop-home-uniform` with the policy `uniform` is the control of `shop-home`. */
export function pairUp(placements) {
  const controls = new Map(placements.filter(({ id, policy }) => policy === 'uniform' && id.endsWith('-uniform')).map((control) => [control.id.slice(0, -8), control]))
  const paired = placements.filter(({ id }) => controls.has(id))
  const isControl = new Set(paired.map(({ id }) => controls.get(id).id))
  return placements.filter(({ id }) => !isControl.has(id)).map((placement) => ({ placement, control: controls.get(placement.id) ?? null }))
}

/** A round number ≥ value: the top of an axis. */
export function niceCeiling(value) {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 1.5, 2, 3, 4, 5, 8, 10].find((step) => step * power >= value * (1 - 1e-9)) * power
}

/** Round numbers from `bottom` to `top`, both made by `niceCeiling`. */
export function axisTicks(bottom, top) {
  const rough = (top - bottom) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) * power
  const first = Math.ceil(bottom / step - 1e-9)
  return Array.from({ length: Math.floor(top / step + 1e-9) - first + 1 }, (_, at) => (first + at) * step)
}
