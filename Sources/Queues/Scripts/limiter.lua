-- At most `limit` calls in every sliding window, as the party that is called sees them, over all callers, on the clock of
-- this server: a turn counts from before its call until a whole window after the call has ended.
--
-- KEYS: 1 facts of the limit (hash), 2 its turns by the time at which they count no more (sorted set).
-- ARGV: 1 limit, 2 window, 3 wanted, 4 how far ahead of its start a turn is handed out, 5 horizon of the forecast,
--       6 close for, 7 state the caller knows, 8 latest time it can be by the caller's own clock, 9 tolerance of that,
--       10 longest call, 11 prefix of the names of new turns, 12 number of turns whose calls have ended; then of each of
--       those its name, its start and how long ago its call ended; then the names of turns whose calls are under way
--       although the state may have forgotten them. Times are in microseconds.
-- Returns: turns that come free within the horizon, wait until the next one, time, state, then the start of each turn
--       that was granted.
--
-- It starts closed for one window: after a flush, an eviction, a restart or a failover nobody knows what was granted before.
-- Its time follows the server's clock, but never goes back, and does not leap further than the caller's clock allows.

local limit, window, wanted, lead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local horizon, close, longest = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[10])
local prefix, ended = ARGV[11], tonumber(ARGV[12])
local first_ended = 13
local first_held = first_ended + 3 * ended

local function text(number)
    return string.format('%.0f', number)
end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local seconds = redis.call('TIME')
local clock = tonumber(seconds[1]) * 1000000 + tonumber(seconds[2])

local facts = redis.call('HMGET', KEYS[1], 'run', 'offset', 'last', 'opens', 'used', 'state')
local is_new = facts[1] ~= run or not facts[6]
local offset = tonumber(facts[2] or '0')
local last, opens, used, state = 0, 0, 0, ''
if is_new then
    redis.call('DEL', KEYS[2])
    offset = 0
else
    last, opens, used, state = tonumber(facts[3]), tonumber(facts[4]), tonumber(facts[5]), facts[6]
end

local now = clock + offset
if now < last then
    offset = offset + last - now
    now = last
end
-- The turns went and the facts stayed: as good as new. A new state keeps to the server's clock: set back it would come closer
-- to turns that it has forgotten.
if is_new or redis.call('ZCARD', KEYS[2]) ~= used then
    state = prefix
    opens = math.max(opens, now + window + lead)
end
if ARGV[7] == state then
    local latest = math.max(tonumber(ARGV[8]), last)
    if now > latest + tonumber(ARGV[9]) then
        offset = offset - (now - latest)
        now = latest
    end
else
    -- A caller without a clock to compare with learns the time first.
    wanted = 0
end
if close > 0 then opens = math.max(opens, now + close) end

-- Turns go to the set many at a time; unpack puts them on Lua's stack, which holds some 8,000 values.
local most_values = 1000
local entries = {}
local function write_turns()
    if #entries > 0 then redis.call('ZADD', KEYS[2], unpack(entries)) end
    entries = {}
end
local function add_turn(name, until_time)
    entries[#entries + 1] = text(until_time)
    entries[#entries + 1] = name
    if #entries >= most_values then write_turns() end
end

-- An ended call counts for a window from its end, also one that this state has not heard of.
for index = first_ended, first_held - 1, 3 do
    local start, age = tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2])
    local at = math.max(now - age, math.min(start, now + lead))
    add_turn(ARGV[index], at + window)
end
for index = first_held, #ARGV do add_turn(ARGV[index], now + longest + window) end
write_turns()
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now))
used = redis.call('ZCARD', KEYS[2])

-- A turn that comes free within the lead is handed over: the new one counts in its place from then on.
local starts = {}
local first = math.max(now, opens)
if first <= now + lead then
    while #starts < wanted and #starts < limit - used do starts[#starts + 1] = first end
    if #starts < wanted then
        local surplus = math.max(0, used - limit)
        local coming = redis.call('ZRANGE', KEYS[2], surplus, surplus + wanted - #starts - 1, 'WITHSCORES')
        for index = 1, #coming, 2 do
            local start = math.max(first, tonumber(coming[index + 1]))
            if start > now + lead then break end
            redis.call('ZREM', KEYS[2], coming[index])
            starts[#starts + 1] = start
        end
    end
    for number, start in ipairs(starts) do add_turn(prefix .. number, start + longest + window) end
    write_turns()
    used = redis.call('ZCARD', KEYS[2])
end

-- A call under way may end now and then counts for a window more.
local next = now
if used >= limit then
    local turn = redis.call('ZRANGE', KEYS[2], used - limit, used - limit, 'WITHSCORES')
    next = math.min(tonumber(turn[2]), now + window)
end
local wait = math.max(next, opens) - now
local soon = 0
if opens <= now + horizon then
    local counting = horizon < window and redis.call('ZCOUNT', KEYS[2], '(' .. text(now + horizon), '+inf') or 0
    soon = math.max(0, limit - counting)
end

redis.call('HSET', KEYS[1], 'run', run, 'offset', text(offset), 'last', text(now), 'opens', text(opens), 'used', used,
    'state', state)
local lifetime = math.ceil((longest + window + lead + math.max(0, opens - now)) / 1000) + 86400000
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
local reply = { soon, wait, now, state }
for _, start in ipairs(starts) do reply[#reply + 1] = start end
return reply
