// A checkout builds itself. The stamp holds a digest of the sources, so only a successful build makes it fresh: a type check without
// output, a checkout of older files or a deleted file does not fool it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'

const server = join(import.meta.dirname, '..')
const root = join(server, '..')
const stamp = join(server, 'dist/.built')

/**
 * Builds what the command needs when its sources are not those of the last build: finding out that they are takes about 30 ms.
 * @returns null, or why it failed
 */
export function buildIfStale() {
  if (!existsSync(join(server, 'src'))) return null // installed without sources
  const sources = sourcesOf(['server', 'simulations', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name))])
  const digest = digestOf(sources)
  if (builtDigest() === digest && sources.every(hasOutput)) return null
  process.stderr.write('forage: building …\n')
  const compiler = compilerPath()
  if (compiler === null) return 'the compiler is not installed: run `npm ci` first'
  let failure = run(join(root, 'packages/bandit/assembly/build.mjs')) ?? run(compiler, '-b', server)
  // the compiler does not notice that a single output was removed
  if (failure === null && !sources.every(hasOutput)) failure = run(compiler, '-b', '--force', server)
  if (failure === null) writeFileSync(stamp, digest)
  return failure
}

/** Paths from the root of all that the build reads and that is not a test or made by the build itself. */
function sourcesOf(rooms) {
  const found = ['tsconfig.base.json']
  for (const room of rooms) {
    if (existsSync(join(root, room, 'tsconfig.json'))) found.push(join(room, 'tsconfig.json'))
    for (const part of ['src', 'assembly']) collect(join(root, room, part), found)
  }
  return found.sort()
}

function collect(folder, found) {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) collect(path, found)
    else if (/\.m?ts$/.test(entry.name) && !/\.(test|generated)\.ts$/.test(entry.name)) found.push(relative(root, path))
  }
}

function digestOf(paths) {
  const hash = createHash('sha1')
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(join(root, path))).update('\0')
  return hash.digest('hex')
}

const builtDigest = () => (existsSync(stamp) ? readFileSync(stamp, 'utf8') : null)

/** Outputs may have been removed, room by room. */
function hasOutput(path) {
  const output = path.replace(`${sep}src${sep}`, `${sep}dist${sep}`).replace(/\.ts$/, '.js')
  return !path.includes(`${sep}src${sep}`) || existsSync(join(root, output))
}

function compilerPath() {
  try {
    return join(createRequire(join(root, 'package.json')).resolve('typescript/package.json'), '../bin/tsc')
  } catch {
    return null
  }
}

function run(script, ...parameters) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [script, ...parameters], { cwd: root, encoding: 'utf8' })
  return status === 0 ? null : `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim()
}
