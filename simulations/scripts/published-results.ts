// Plays every published case and prints its figures; exit code 1 when a goal is missed. About ten minutes with five seeds.
//   node --conditions=source --import tsx simulations/scripts/published-results.ts [seeds] [data set]
// The files are looked for as the tests do: in FORAGE_DATA_SETS, else in ../shared/data beside the repository.
import { playPublished, publishedCases } from '../src/published-results.ts'
import { publishedPath } from '../src/testing/published-data.ts'

const [seeds = '5', only] = process.argv.slice(2)
for (const one of publishedCases) {
  if (only !== undefined && one.data !== only) continue
  const { meanReward, standardDeviation, relativeRegret, reached } = await playPublished(one, publishedPath(one.data), Number(seeds))
  const extras = [one.scaling, one.options && JSON.stringify(one.options)].filter(Boolean).join(' ')
  const figures = `${meanReward.toFixed(4)} ± ${standardDeviation.toFixed(4)}, regret ${relativeRegret.toFixed(2)} %`
  process.stdout.write(`${reached ? 'reached' : 'MISSED '} ${one.data} ${one.rounds} ${one.policy} ${extras}: ${figures}, goal ${JSON.stringify(one.goal)}\n`)
  if (!reached) process.exitCode = 1
}
