import { ForageError, type PolicyName, type PolicySpec } from '@forage/domain'

const linear = { model: 'disjoint', lambda: 1, initialPulls: 0 } as const

/**
 * Settings that a policy text need not name. They follow published runs: a regression per arm, λ = 1, a₀ = b₀ = 6. (A placement's
 * definition has its own default for `model`: shared, which learns about new items at once.)
 */
export const policyDefaults: { readonly [N in PolicyName]: Extract<PolicySpec, { name: N }> } = {
  'linear-thompson': { name: 'linear-thompson', ...linear, noise: 'nig', a0: 6, b0: 6, variance: 1, draws: 128 },
  'lin-ucb': { name: 'lin-ucb', ...linear, alpha: 1 },
  greedy: { name: 'greedy', ...linear },
  'epsilon-greedy': { name: 'epsilon-greedy', ...linear, epsilon: 0.1 },
  softmax: { name: 'softmax', ...linear, temperature: 0.1 },
  'square-cb': { name: 'square-cb', ...linear, gammaScale: 10, gammaExponent: 0.5 },
  uniform: { name: 'uniform' },
  'beta-thompson': { name: 'beta-thompson', alpha0: 1, beta0: 1 },
  ucb1: { name: 'ucb1', exploration: 1 },
  popular: { name: 'popular' },
  'fixed-order': { name: 'fixed-order' },
}

/** [least, most, whole numbers only] of a numeric setting; `positive` excludes the least. */
const ranges: Readonly<Record<string, { least: number; most: number; whole?: true; positive?: true }>> = {
  lambda: { least: 0, most: 1e6, positive: true },
  initialPulls: { least: 0, most: 1000, whole: true },
  a0: { least: 0, most: 1e6, positive: true },
  b0: { least: 0, most: 1e6, positive: true },
  variance: { least: 0, most: 1e6, positive: true },
  draws: { least: 16, most: 4096, whole: true },
  alpha: { least: 0, most: 1000 },
  epsilon: { least: 0, most: 1 },
  temperature: { least: 0, most: 1e6, positive: true },
  gammaScale: { least: 0, most: 1e6, positive: true },
  gammaExponent: { least: 0, most: 1 },
  alpha0: { least: 0, most: 1e6, positive: true },
  beta0: { least: 0, most: 1e6, positive: true },
  exploration: { least: 0, most: 1000 },
}
const words: Readonly<Record<string, readonly string[]>> = { model: ['shared', 'disjoint', 'hybrid'], noise: ['nig', 'known'] }

const invalid = (message: string, field: string) => new ForageError('invalid_policy', message, { field })

/**
 * Reads `NAME[:setting=value[;setting=value…]]`; `,` separates settings too. Settings not named have their default.
 * @throws ForageError `invalid_policy` that names the setting (`details.field`) and what it may be
 * @example parsePolicy('linear-thompson:model=disjoint;noise=nig;lambda=0.25;a0=6;b0=6;initialPulls=2')
 */
export function parsePolicy(text: string): PolicySpec {
  const [name = '', ...rest] = text.trim().split(':')
  if (!Object.hasOwn(policyDefaults, name)) throw invalid(`unknown policy ${JSON.stringify(name)}; known: ${Object.keys(policyDefaults).join(', ')}`, 'name')
  const spec: Record<string, string | number> = { ...policyDefaults[name as PolicyName] }
  const seen = new Set<string>()
  for (const setting of rest.join(':').split(/[;,]/)) {
    if (setting.trim() === '') continue
    const [key = '', value, ...more] = setting.split('=').map((part) => part.trim())
    if (key === 'name' || !Object.hasOwn(spec, key)) throw invalid(`${name} has no setting ${JSON.stringify(key)}; it has: ${settingsOf(name) || 'none'}`, key)
    if (value === undefined || value === '' || more.length > 0) throw invalid(`${key} needs one value, as in ${key}=${String(spec[key])}`, key)
    if (seen.has(key)) throw invalid(`${key} is given twice`, key)
    seen.add(key)
    spec[key] = Object.hasOwn(words, key) ? wordOf(key, value, name) : numberOf(key, value)
  }
  return spec as unknown as PolicySpec
}

/** The text of a spec: `parsePolicy` gives it back. Settings that have their default are left out. */
export function formatPolicy(spec: PolicySpec): string {
  const defaults = policyDefaults[spec.name] as unknown as Readonly<Record<string, unknown>>
  const settings = Object.entries(spec).filter(([key, value]) => key !== 'name' && value !== defaults[key])
  return settings.length === 0 ? spec.name : `${spec.name}:${settings.map(([key, value]) => `${key}=${String(value)}`).join(';')}`
}

const settingsOf = (name: string) => Object.keys(policyDefaults[name as PolicyName]).filter((key) => key !== 'name').join(', ')

function wordOf(key: string, value: string, name: string): string {
  const allowed = name === 'linear-thompson' && key === 'model' ? ['shared', 'disjoint'] : words[key]!
  if (!allowed.includes(value)) throw invalid(`${key} must be ${allowed.join(' or ')}, not ${JSON.stringify(value)}`, key)
  return value
}

function numberOf(key: string, value: string): number {
  const number = Number(value)
  const { least, most, whole, positive } = ranges[key]!
  const fits = number >= least && number <= most && !(positive && number === least) && (!whole || Number.isInteger(number))
  if (!fits) throw invalid(`${key} must be a ${whole ? 'whole ' : ''}number ${positive ? 'above' : 'from'} ${least} ${positive ? 'and at most' : 'to'} ${most}, not ${JSON.stringify(value)}`, key)
  return number
}
