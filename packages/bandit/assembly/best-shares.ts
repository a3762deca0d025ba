import { at } from './cells'

/**
 * Eight draws at a time: the best score and its row. When one of them has no single best row, or a best score of −∞ (which also
 * stands for what is not a number), they are looked at one by one.
 * `work` has room for a sum of shares (f64), a count of wins, a pointer and a number (i32) per row: 20 bytes.
 */
export function bestShares(scores: usize, count: i32, drawCount: i32, available: usize, out: usize, work: usize): void {
  const shares = work
  const wins = at(shares, count)
  const pointers = wins + (<usize>count << 2)
  const numbers = pointers + (<usize>count << 2)
  memory.fill(work, 0, <usize>count * 12)
  let open = 0
  for (let i = 0; i < count; i++) {
    store<i32>(pointers + (<usize>open << 2), <i32>(scores + (<usize>(i * drawCount) << 2)))
    store<i32>(numbers + (<usize>open << 2), i)
    open += <i32>(load<u8>(available + i) != 0)
  }
  let m = 0
  for (; m + 8 <= drawCount; m += 8) {
    let best0 = f32x4.splat(-Infinity)
    let best1 = best0
    let tied0 = i32x4.splat(0)
    let tied1 = tied0
    let winner0 = tied0
    let winner1 = tied0
    const draw = <usize>m << 2
    for (let place: usize = 0, end = <usize>open << 2; place < end; place += 4) {
      const row = <usize>load<i32>(pointers + place) + draw
      const number = v128.load32_splat(numbers + place)
      let score = v128.load(row)
      let better = f32x4.gt(score, best0)
      tied0 = v128.andnot(v128.or(tied0, f32x4.eq(score, best0)), better)
      winner0 = v128.bitselect(number, winner0, better)
      best0 = f32x4.pmax(best0, score)
      score = v128.load(row, 16)
      better = f32x4.gt(score, best1)
      tied1 = v128.andnot(v128.or(tied1, f32x4.eq(score, best1)), better)
      winner1 = v128.bitselect(number, winner1, better)
      best1 = f32x4.pmax(best1, score)
    }
    const worst = f32x4.splat(-Infinity)
    const unclear = i32x4.bitmask(v128.or(tied0, f32x4.eq(best0, worst))) | (i32x4.bitmask(v128.or(tied1, f32x4.eq(best1, worst))) << 4)
    if (unclear == 0) {
      countWins(winner0, wins)
      countWins(winner1, wins)
    } else for (let lane: usize = 0; lane < 32; lane += 4) oneDraw(pointers, numbers, open, draw + lane, wins, shares)
  }
  for (; m < drawCount; m++) oneDraw(pointers, numbers, open, <usize>m << 2, wins, shares)
  for (let i = 0; i < count; i++) {
    store<f64>(at(out, i), (<f64>load<i32>(wins + (<usize>i << 2)) + load<f64>(at(shares, i))) / <f64>drawCount)
  }
}

// @ts-ignore: decorator
@inline function countWins(winner: v128, wins: usize): void {
  addWin(wins, i32x4.extract_lane(winner, 0))
  addWin(wins, i32x4.extract_lane(winner, 1))
  addWin(wins, i32x4.extract_lane(winner, 2))
  addWin(wins, i32x4.extract_lane(winner, 3))
}

// @ts-ignore: decorator
@inline function addWin(wins: usize, row: i32): void {
  const win = wins + (<usize>row << 2)
  store<i32>(win, load<i32>(win) + 1)
}

function oneDraw(pointers: usize, numbers: usize, open: i32, draw: usize, wins: usize, shares: usize): void {
  let best: f32 = <f32>-Infinity
  let winner = -1
  let tied = false
  for (let place: usize = 0, end = <usize>open << 2; place < end; place += 4) {
    const score = load<f32>(<usize>load<i32>(pointers + place) + draw)
    if (score > best) {
      best = score
      winner = load<i32>(numbers + place)
      tied = false
    } else if (score == best) tied = true
  }
  if (winner < 0 || tied) shareDraw(pointers, numbers, open, draw, shares)
  else addWin(wins, winner)
}

/** Adds 1 / ties to the share of each open row that is best in the draw at byte `draw` of its scores; not a number counts as −∞. */
function shareDraw(pointers: usize, numbers: usize, open: i32, draw: usize, shares: usize): void {
  const end = <usize>open << 2
  let best: f32 = <f32>-Infinity
  for (let place: usize = 0; place < end; place += 4) {
    const score = load<f32>(<usize>load<i32>(pointers + place) + draw)
    if (score > best) best = score
  }
  let ties = 0
  for (let place: usize = 0; place < end; place += 4) ties += <i32>isBest(load<f32>(<usize>load<i32>(pointers + place) + draw), best)
  for (let place: usize = 0; place < end; place += 4) {
    if (!isBest(load<f32>(<usize>load<i32>(pointers + place) + draw), best)) continue
    const to = at(shares, load<i32>(numbers + place))
    store<f64>(to, load<f64>(to) + 1 / <f64>ties)
  }
}

// @ts-ignore: decorator
@inline function isBest(score: f32, best: f32): bool {
  return score == best || (best == <f32>-Infinity && score != score)
}
