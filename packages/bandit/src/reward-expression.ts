import { createRequire } from 'node:module'
import { ForageError } from '@forage/domain'
import type { MathNode } from 'mathjs'

/** A compiled reward expression: a pure function of what happened. */
export interface RewardExpression {
  /** Names of the events it reads, in order of appearance. */
  readonly events: readonly string[]
  /**
   * The reward, given a value for each event; one that is absent (`undefined`) did not happen and counts 0. Comparisons count 1 and 0.
   * NaN when the result is not a finite number: the caller decides what that is worth.
   */
  evaluate(values: ReadonlyMap<string, number> | ((event: string) => number | undefined)): number
}

const operators: ReadonlySet<string> = new Set([
  'add', 'subtract', 'multiply', 'divide', 'mod', 'pow', 'unaryMinus', 'unaryPlus',
  'smaller', 'smallerEq', 'larger', 'largerEq', 'equal', 'unequal', 'and', 'or', 'not',
])
const functions: ReadonlySet<string> = new Set(['min', 'max', 'abs', 'log', 'exp', 'sqrt', 'floor', 'ceil', 'round', 'sign', 'pow'])
const MAX_LENGTH = 1000

/**
 * Compiles an arithmetic expression over event names, e.g. `click + 5 * purchase` or `purchase > 0 ? 10 : click`. Numbers, arithmetic,
 * comparisons, `and or not`, `a ? b : c` and the functions min max abs log exp sqrt floor ceil round sign pow; every other name is an
 * event. The first call loads mathjs (some 0.3 s); compile outside requests.
 * @throws ForageError `invalid_reward_expression`, also for whatever could have a side effect: assignments, function definitions,
 * property access, text, units, matrices
 */
export function compileReward(expression: string): RewardExpression {
  if (expression.length > MAX_LENGTH) throw invalid(`longer than ${MAX_LENGTH} characters`)
  let node: MathNode
  try {
    node = math().parse(expression)
  } catch (cause) {
    throw new ForageError('invalid_reward_expression', `reward expression: ${cause instanceof Error ? cause.message : String(cause)}`, { expression }, { cause })
  }
  const events = new Set<string>()
  check(node, events)
  const code = node.compile()
  return {
    events: [...events],
    evaluate(values) {
      const scope = new Map<string, number>()
      for (const event of events) scope.set(event, (typeof values === 'function' ? values(event) : values.get(event)) ?? 0)
      const result: unknown = code.evaluate(scope)
      const number = typeof result === 'boolean' ? Number(result) : result
      return typeof number === 'number' && Number.isFinite(number) ? number : Number.NaN
    },
  }
}

const invalid = (message: string) => new ForageError('invalid_reward_expression', `reward expression: ${message}`)

/** Lets through what is on the lists and nothing else; collects event names. */
function check(node: MathNode, events: Set<string>): void {
  const { type, name, fn, value } = node as MathNode & { name?: string; fn?: unknown; value?: unknown }
  if (type === 'SymbolNode') {
    if (functions.has(name!)) throw invalid(`${name!} is a function; give it arguments`)
    events.add(name!)
    return
  }
  if (type === 'ConstantNode') {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(`${node.toString()} is not a number`)
    return
  }
  if (type === 'FunctionNode') {
    const called = fn as MathNode & { name?: string }
    if (called.type !== 'SymbolNode' || !functions.has(called.name!)) throw invalid(`${called.toString()} is not a function it may use: ${[...functions].join(', ')}`)
    for (const argument of (node as MathNode & { args: MathNode[] }).args) check(argument, events)
    return
  }
  const allowed = type === 'OperatorNode' ? operators.has(fn as string) : type === 'ParenthesisNode' || type === 'ConditionalNode' || type === 'RelationalNode'
  if (!allowed) throw invalid(`${node.toString()} (${type}) is not allowed; use numbers, event names, arithmetic, comparisons and a ? b : c`)
  node.forEach((child) => check(child, events))
}

interface Parser {
  parse(expression: string): MathNode
}
type Factories = Readonly<Record<string, unknown>> & { create(factories: Record<string, unknown>): Parser }

let parser: Parser | null = null

// Loaded when first used: commands and workers that compile no reward do not pay for it. Only what is listed here exists in it.
function math(): Parser {
  if (parser !== null) return parser
  const library = createRequire(import.meta.url)('mathjs/number') as Factories
  const needed = ['parse', ...operators, ...functions].map((name) => [name, library[`${name}Dependencies`]])
  parser = library.create(Object.fromEntries(needed) as Record<string, unknown>)
  return parser
}
