import { script } from './script.ts'

// `newest` holds `VERSION:REMOVED` by id, `bodies` canonical JSON by `VERSION ID`. Both scripts compare and set: one that arrives late changes nothing.

/** KEYS: newest, bodies, revision; ARGV: id, newest as the writer read it ('' for none), newest to be, member of the body, body. 0: it was changed. */
export const putScript = script(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('INCR', KEYS[3])
return 1`)

/** KEYS: newest, revision; ARGV: id, newest as the writer read it, newest to be. 0: it was changed. */
export const removeScript = script(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('INCR', KEYS[2])
return 1`)
