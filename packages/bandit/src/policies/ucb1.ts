import { shareAmongBest } from './best.ts'
import { averageOf, type ArmTotals, type CountsRule, type CountsSnapshot } from './counts-policy.ts'

/**
 * All probability on the highest mean + c√(2 ln N / n); arms never seen come first.
 * @see Auer, Cesa-Bianchi, Fischer 2002, "Finite-time Analysis of the Multiarmed Bandit Problem", Figure 1 (c = 1)
 */
export function ucb1Rule(exploration: number): CountsRule {
  const bonus = ({ weight: all }: CountsSnapshot, { weight }: ArmTotals) => (weight > 0 ? exploration * Math.sqrt((2 * Math.max(Math.log(all), 0)) / weight) : Number.MAX_VALUE)
  return {
    mean: averageOf,
    probabilities(snapshot, totals, available, out) {
      shareAmongBest(Float64Array.from(totals, (arm) => averageOf(arm) + bonus(snapshot, arm)), available, out)
    },
    exploration: bonus,
  }
}
