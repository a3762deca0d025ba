import seedrandom from 'seedrandom'
import type { FaultTest, Outcome, Settings } from './fault-test.ts'
import { Producer, type ProducerOptions } from './traffic/producer.ts'
import { judge, type Verdict } from './verdict/judge.ts'
import { Corner, type CornerOptions } from './world/corner.ts'
import type { Breakage, LearnerTask } from './world/learner-task.ts'
import { Squad } from './world/squad.ts'
import type { World } from './world/world.ts'

/** What a fault is injected into: learners at work on traffic. */
export interface Stage {
  readonly world: World
  readonly corner: Corner
  readonly squad: Squad
  readonly producer: Producer
  readonly random: () => number
  readonly long: boolean
  readonly broken: boolean
  /** What `act` sees that must not be, right or broken build. */
  readonly found: string[]
}

export interface Scenario {
  readonly name: string
  readonly what: string
  /** Records sent beside those that `act` sends. */
  readonly events?: number
  readonly poison?: number
  readonly learners?: number
  readonly corner?: CornerOptions
  readonly task?: Partial<LearnerTask>
  /** A careless build, of which the same verdict must say that it is wrong. */
  readonly control?: { readonly learner: Breakage } | { readonly producer: NonNullable<ProducerOptions['broken']> }
  /** It damages saved state on purpose; elsewhere nobody may find any damaged, though it would be made good. */
  readonly damages?: boolean
  /** Sends traffic and does harm. What it returns goes into the result. */
  act(stage: Stage): Promise<object | void>
  /** What else must hold once everything is saved; each a reason why not. */
  expect?(stage: Stage): string[]
}

/** What a scenario needs around it (proxies, servers of its own), made anew for each run of it. */
export type Prepare = (world: World) => Promise<{ readonly scenario: Scenario; end(): Promise<void> }>

/** A test that plays the scenario, then its control if it has one. */
export function staged(given: Scenario | { readonly name: string; readonly what: string; readonly onlyLong?: boolean; readonly prepare: Prepare }): FaultTest {
  const prepare: Prepare = 'prepare' in given ? given.prepare : async () => ({ scenario: given, end: async () => {} })
  return {
    name: given.name,
    what: given.what,
    async run(world, settings) {
      const right = await withScenario(prepare, world, (scenario) => play(scenario, world, settings, false))
      const control = await withScenario(prepare, world, async (scenario) => (scenario.control === undefined ? null : playControl(scenario, world, settings)))
      const { wrong, ok, ...seen } = right
      return { ok: ok && control?.caught !== false, ...(wrong.length > 0 && { wrong }), ...seen, ...(control !== null && { control }) } as Outcome
    },
  }
}

async function withScenario<T>(prepare: Prepare, world: World, use: (scenario: Scenario) => Promise<T>): Promise<T> {
  const { scenario, end } = await prepare(world)
  try {
    return await use(scenario)
  } finally {
    await end()
  }
}

const CONTROL_ATTEMPTS = 3

/** Harm meets a careless build at the wrong moment with some luck only: it has a few chances to. */
async function playControl(scenario: Scenario, world: World, settings: Settings): Promise<{ caught: boolean; attempts: number; said: string }> {
  for (let attempt = 1; attempt <= CONTROL_ATTEMPTS; attempt++) {
    const wrong = await play(scenario, world, { ...settings, seed: `${settings.seed} control ${attempt}` }, true).then((verdict) => verdict.wrong, neverSaved)
    if (wrong.length > 0) return { caught: true, attempts: attempt, said: wrong[0]! }
  }
  return { caught: false, attempts: CONTROL_ATTEMPTS, said: '' }
}

/** A build that never comes to an end of it is wrong too; any other error is the test's own. */
function neverSaved(error: unknown): string[] {
  if (error instanceof Error && error.message.startsWith('saved up to')) return [error.message.split('\n', 1)[0]!]
  throw error
}

async function play(scenario: Scenario, world: World, { seed, long }: Settings, broken: boolean): Promise<Verdict & { [detail: string]: unknown }> {
  const { control } = scenario
  const random = seedrandom(`${scenario.name} ${seed}`)
  const corner = await Corner.open(world, scenario.corner)
  try {
    const producer = new Producer(corner.log, { events: 1_000_000, seed: `traffic ${scenario.name} ${seed}`, poison: scenario.poison ?? 0.001, spread: 800, ...(broken && control !== undefined && 'producer' in control && { broken: control.producer }) })
    await producer.begin()
    const squad = new Squad(corner, scenario.learners ?? 2, { ...scenario.task, ...(broken && control !== undefined && 'learner' in control && { broken: control.learner }) })
    await squad.untilCovered()
    const stage: Stage = { world, corner, squad, producer, random, long, broken, found: [] }
    await producer.send(scenario.events ?? 500)
    const seen = await scenario.act(stage)
    const ends = await producer.finish()
    await squad.untilSaved(ends, broken ? 20_000 : 120_000)
    const damaged = scenario.damages !== true && squad.count('rebuilt') > 0 ? ['saved state was found damaged, and the log folded again'] : []
    const { crashed } = squad
    const unmet = broken ? [] : (scenario.expect?.(stage) ?? [])
    await squad.stopAll()
    const verdict = await judge({ log: corner.log, store: corner.store, ends, acknowledged: producer.acknowledged })
    const counts = { fenced: squad.count('fenced'), regressed: squad.count('regressed'), rebuilt: squad.count('rebuilt') }
    return { ...verdict, ok: verdict.ok && stage.found.length + crashed.length === 0 && damaged.length === 0 && unmet.length === 0, wrong: [...verdict.wrong, ...stage.found, ...crashed, ...damaged, ...unmet], ...counts, ...seen }
  } finally {
    await corner.close()
  }
}
