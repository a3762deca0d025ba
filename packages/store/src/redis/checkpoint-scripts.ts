import { script } from './script.ts'

// The hash of a checkpoint: `epoch`, `owner` (of the newest acquisition), `offset`, `replayFrom`, `savedBy` (epoch), `token` (of the newest save),
// and the fields, each with FIELD before its name.

export const FIELD = 'f:'
/** A checkpoint with more members than this is read in pieces. */
export const MOST_AT_ONCE = 24

/** Compare and set, so that a command that arrives late cannot take ownership away again. */
export const acquireScript = script(`
local epoch, owner, token, offset = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'token', 'offset'))
epoch, token, offset = epoch or '0', token or '', offset or '-1'
if owner == ARGV[2] then return {'done', epoch, token, offset} end
if epoch ~= ARGV[1] then return {'moved', epoch} end
local mine = string.format('%.0f', tonumber(epoch) + 1)
redis.call('HSET', KEYS[1], 'epoch', mine, 'owner', ARGV[2])
return {'done', mine, token, offset}`)

/** Sets a part of a big save aside: a list of operations. Repeating it is harmless; one that is never used goes away by itself. */
export const stageScript = script(`
redis.call('DEL', KEYS[1])
for at = 2, #ARGV, 1000 do redis.call('RPUSH', KEYS[1], unpack(ARGV, at, math.min(at + 999, #ARGV))) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`)

/**
 * The fenced save. KEYS: state, entries, staged parts …; ARGV: epoch, owner ('' unknown: then no token is expected), offset, replayFrom,
 * token of this save, channel, message, token and number of the newest confirmed save, number of this save, operations (kind, name, bytes).
 * Everything is checked before the first write, and the first write is one that Redis refuses when memory is full; once it was
 * taken, Redis takes the script's other writes too. So nothing is ever half-written.
 */
export const saveScript = script(`
local epoch, owner, offset, token = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'offset', 'token'))
epoch, owner, offset, token = epoch or '0', owner or '', offset or '-1', token or ''
if token == ARGV[5] then return {'repeated'} end
if epoch ~= ARGV[1] or (ARGV[2] ~= '' and owner ~= ARGV[2]) then return {'fenced', epoch, offset} end
if ARGV[2] ~= '' and token ~= ARGV[8] then
  local own = string.sub(token, 1, #owner + 1) == owner .. ':' and tonumber(string.sub(token, #owner + 2))
  if not own or own < tonumber(ARGV[9]) or own >= tonumber(ARGV[10]) then return {'unknown', epoch, offset} end
end
if tonumber(offset) > tonumber(ARGV[3]) then return {'backwards', epoch, offset} end
for at = 3, #KEYS do if redis.call('EXISTS', KEYS[at]) == 0 then return {'unstaged'} end end
redis.call('HSET', KEYS[1], 'offset', ARGV[3], 'replayFrom', ARGV[4], 'savedBy', ARGV[1], 'token', ARGV[5])
local function apply(list, at)
  while at < #list do
    local kind, name = list[at], list[at + 1]
    if kind == 'field' then redis.call('HSET', KEYS[1], '${FIELD}' .. name, list[at + 2])
    elseif kind == 'entry' then redis.call('HSET', KEYS[2], name, list[at + 2])
    elseif kind == 'field-' then redis.call('HDEL', KEYS[1], '${FIELD}' .. name)
    else redis.call('HDEL', KEYS[2], name) end
    at = at + 3
  end
end
for at = 3, #KEYS do
  apply(redis.call('LRANGE', KEYS[at], 0, -1), 1)
  redis.call('DEL', KEYS[at])
end
apply(ARGV, 11)
redis.call('PUBLISH', ARGV[6], ARGV[7])
return {'saved'}`)

/** Small checkpoints whole; of others the token and the names. */
export const loadScript = script(`
if redis.call('HLEN', KEYS[1]) <= tonumber(ARGV[1]) then return {'whole', redis.call('HGETALL', KEYS[1])} end
return {'big', redis.call('HGET', KEYS[1], 'token'), redis.call('HKEYS', KEYS[1])}`)
