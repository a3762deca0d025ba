import { at } from './cells'

/**
 * Four draws at a time: the best score and its row. A draw whose best score is shared, or is −∞ (nothing better, or not a number),
 * goes through `shareDraw`. `work` has room for a pointer, a number, a count of wins (i32) and a sum of shares (f64) per row: 20 bytes.
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
  for (; m + 4 <= drawCount; m += 4) {
    let best = f32x4.splat(-Infinity)
    let tied = i32x4.splat(0)
    let winner = i32x4.splat(0)
    const draw = <usize>m << 2
    for (let place: usize = 0, end = <usize>open << 2; place < end; place += 4) {
      const score = v128.load(<usize>load<i32>(pointers + place) + draw)
      const better = f32x4.gt(score, best)
      tied = v128.andnot(v128.or(tied, f32x4.eq(score, best)), better)
      winner = v128.bitselect(v128.load32_splat(numbers + place), winner, better)
      best = v128.bitselect(score, best, better)
    }
    const unclear = v128.or(tied, f32x4.eq(best, f32x4.splat(-Infinity)))
    for (let lane = 0; lane < 4; lane++) {
      if (i32x4.bitmask(unclear) & (1 << lane)) shareDraw(pointers, numbers, open, draw + (<usize>lane << 2), shares)
      else {
        let row = i32x4.extract_lane(winner, 0)
        if (lane == 1) row = i32x4.extract_lane(winner, 1)
        else if (lane == 2) row = i32x4.extract_lane(winner, 2)
        else if (lane == 3) row = i32x4.extract_lane(winner, 3)
        const win = wins + (<usize>row << 2)
        store<i32>(win, load<i32>(win) + 1)
      }
    }
  }
  for (; m < drawCount; m++) oneDraw(pointers, numbers, open, <usize>m << 2, wins, shares)
  for (let i = 0; i < count; i++) {
    store<f64>(at(out, i), (<f64>load<i32>(wins + (<usize>i << 2)) + load<f64>(at(shares, i))) / <f64>drawCount)
  }
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
  else {
    const win = wins + (<usize>winner << 2)
    store<i32>(win, load<i32>(win) + 1)
  }
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
