import { script } from './script.ts'

// The hash of a checkpoint: `epoch`, `owner` (of the newest acquisition), `offset`, `replayFrom`, `savedBy` (epoch), `token` and number (`saves`) of
// the newest save, `suspect` (a reader found damage), and the fields, each with FIELD before its name. Beside it: a sorted set of the fields by the
// number of the save that changed them last, deleted ones included, and a list of the newest saves' tokens, newest first. A reader names the save
// it knows by number and token, so it is never taken for a save of another history. A discarded checkpoint has a token and no `offset`.

export const FIELD = 'f:'
/** A checkpoint, or a change of one, with more members than this is read in pieces. */
export const MOST_AT_ONCE = 24
/** What Lua can hand over at once: changes with more members are never read in one command. */
export const MOST_EVER = 4000
/** A reader that is further behind reads everything. */
const RECENT = 1024

/**
 * Lets only the owner write, and only when the newest save is the one it knows or a later one of its own: not after the store went back in time,
 * and not late, after what was sent afterwards. ARGV: epoch, owner ('' unknown: then only the epoch counts), token and number of the newest
 * confirmed write, number and token of this one.
 */
const GUARD = `
local epoch, owner, offset, token = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'offset', 'token'))
epoch, owner, offset, token = epoch or '0', owner or '', offset or '-1', token or ''
if token == ARGV[6] then return {'repeated'} end
if epoch ~= ARGV[1] or (ARGV[2] ~= '' and owner ~= ARGV[2]) then return {'fenced', epoch, offset} end
if ARGV[2] ~= '' and token ~= ARGV[3] then
  local own = string.sub(token, 1, #owner + 1) == owner .. ':' and tonumber(string.sub(token, #owner + 2))
  if not own or own < tonumber(ARGV[4]) or own >= tonumber(ARGV[5]) then return {'unknown', epoch, offset} end
end`

/** Compare and set, so that a command that arrives late cannot take ownership away again. */
export const acquireScript = script(`
local epoch, owner, token, offset = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'token', 'offset'))
epoch, token, offset = epoch or '0', token or '', offset or '-1'
if owner == ARGV[2] then return {'done', epoch, token, offset} end
if epoch ~= ARGV[1] then return {'moved', epoch} end
local mine = string.format('%.0f', tonumber(epoch) + 1)
redis.call('HSET', KEYS[1], 'epoch', mine, 'owner', ARGV[2])
redis.call('HDEL', KEYS[1], 'suspect')
return {'done', mine, token, offset}`)

/**
 * Sets a part of a big save aside: the save's token, then operations. It replaces what was never used; in the end that goes away by itself. The token
 * goes first, because Redis refuses the first write when memory is full, and takes what follows a write.
 */
export const stageScript = script(`
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], -1, -1)
for at = 3, #ARGV, 1000 do redis.call('RPUSH', KEYS[1], unpack(ARGV, at, math.min(at + 999, #ARGV))) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`)

/**
 * The fenced save. KEYS: state, entries, changed, recent, staged parts …; ARGV: those of the guard, offset, replayFrom, channel, message, a part of
 * operations. A part: numbers of fields and entries to write, of fields and entries to delete, then their names (and bytes) in this order.
 * Everything is checked before the first write, and the first write is one that Redis refuses when memory is full; once it was
 * taken, Redis takes the script's other writes too. So nothing is ever half-written.
 */
export const saveScript = script(`${GUARD}
if (tonumber(offset) or -1) > tonumber(ARGV[7]) then return {'backwards', epoch, offset} end
for at = 5, #KEYS do if redis.call('LINDEX', KEYS[at], 0) ~= ARGV[6] then return {'unstaged'} end end
redis.call('HSET', KEYS[1], 'offset', ARGV[7], 'replayFrom', ARGV[8], 'savedBy', ARGV[1], 'token', ARGV[6])
local saves = redis.call('HINCRBY', KEYS[1], 'saves', 1)
local function apply(list, at)
  local counts = {tonumber(list[at]), tonumber(list[at + 1]), tonumber(list[at + 2]), tonumber(list[at + 3])}
  at = at + 4
  local function changed(count, step)
    for name = at, at + step * (count - 1), step do redis.call('ZADD', KEYS[3], saves, list[name]) end
  end
  local function send(command, key, length)
    for from = at, at + length - 1, 2000 do redis.call(command, key, unpack(list, from, math.min(from + 1999, at + length - 1))) end
    at = at + length
  end
  changed(counts[1], 2)
  send('HSET', KEYS[1], 2 * counts[1])
  send('HSET', KEYS[2], 2 * counts[2])
  changed(counts[3], 1)
  send('HDEL', KEYS[1], counts[3])
  send('HDEL', KEYS[2], counts[4])
end
for at = 5, #KEYS do
  apply(redis.call('LRANGE', KEYS[at], 1, -1), 1)
  redis.call('DEL', KEYS[at])
end
if #ARGV > 10 then apply(ARGV, 11) end
redis.call('LPUSH', KEYS[4], ARGV[6])
redis.call('LTRIM', KEYS[4], 0, ${RECENT - 1})
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', saves - ${RECENT})
local names = redis.call('ZCARD', KEYS[3])
if names > 2 * redis.call('HLEN', KEYS[1]) + 1000 then
  local middle = math.floor(names / 2)
  local base = tonumber(redis.call('ZRANGE', KEYS[3], middle, middle, 'WITHSCORES')[2])
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', base)
  redis.call('LTRIM', KEYS[4], 0, saves - base)
end
redis.call('PUBLISH', ARGV[9], ARGV[10])
return {'done'}`)

/**
 * Forgets what was saved. KEYS: state, entries, changed, recent; ARGV: those of the guard. Ownership and the count of saves stay. It leaves a token, so
 * that a save sent before it is refused when it arrives later. It deletes before it writes, because it has to work when memory is full.
 */
export const discardScript = script(`${GUARD}
local gone = {'offset', 'replayFrom', 'savedBy', 'suspect'}
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do if string.sub(name, 1, ${FIELD.length}) == '${FIELD}' then gone[#gone + 1] = name end end
for from = 1, #gone, 2000 do redis.call('HDEL', KEYS[1], unpack(gone, from, math.min(from + 1999, #gone))) end
redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'token', ARGV[6])
return {'done'}`)

/** A checkpoint that is there and not yet suspect becomes so. */
export const suspectScript = script(`
if redis.call('HEXISTS', KEYS[1], 'offset') == 1 then redis.call('HSET', KEYS[1], 'suspect', '1') end
return 1`)

/**
 * What changed since a save. KEYS: state, changed, recent; ARGV: number and token of that save, most members to answer at once.
 * Answers none, whole (read everything), changes (head, names, values) or names (head, names: ask for the values).
 */
export const changesScript = script(`
local offset, epoch, saves, token = unpack(redis.call('HMGET', KEYS[1], 'offset', 'savedBy', 'saves', 'token'))
if not offset then return {'none'} end
local behind = tonumber(saves or '0') - (tonumber(ARGV[1]) or math.huge)
if behind < 0 or behind % 1 ~= 0 or redis.call('LINDEX', KEYS[3], behind) ~= ARGV[2] then return {'whole'} end
local head = {saves, token, offset, epoch}
if behind == 0 then return {'changes', head, {}, {}} end
local names = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf')
if #names > tonumber(ARGV[3]) then return {'names', head, names} end
if #names == 0 then return {'changes', head, names, {}} end
return {'changes', head, names, redis.call('HMGET', KEYS[1], unpack(names))}`)

/** Small checkpoints whole; of others the token and the names. */
export const loadScript = script(`
if redis.call('HLEN', KEYS[1]) <= tonumber(ARGV[1]) then return {'whole', redis.call('HGETALL', KEYS[1])} end
return {'big', redis.call('HGET', KEYS[1], 'token'), redis.call('HKEYS', KEYS[1])}`)
