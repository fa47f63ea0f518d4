-- At most `limit` calls in every sliding window, as the party that is called sees them, over all callers, on the clock of
-- this server: a turn counts from before its call until a whole window after the call has ended.
--
-- KEYS: 1 facts of the limit (hash), 2 its turns by the time at which they count no more (sorted set).
-- ARGV: 1 limit, 2 window, 3 wanted, 4 horizon of the forecast, 5 close for, 6 run id the caller knows, 7 latest time it
--       can be by the caller's own clock, 8 tolerance of that, 9 longest call, 10 prefix of the names of new turns, then the
--       names of turns whose calls have ended; times in microseconds.
-- Returns: granted, turns that come free within the horizon, wait until the next one, time, run id.
--
-- It starts closed for one window: after a flush, an eviction, a restart or a failover nobody knows what was granted before.
-- Its time follows the server's clock, but never goes back, and does not leap further than the caller's clock allows.

local limit, window, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local horizon, close, longest = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[9])

local function text(number)
    return string.format('%.0f', number)
end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local seconds = redis.call('TIME')
local clock = tonumber(seconds[1]) * 1000000 + tonumber(seconds[2])

local facts = redis.call('HMGET', KEYS[1], 'run', 'offset', 'last', 'opens', 'used')
local is_new = facts[1] ~= run
local offset = tonumber(facts[2] or '0')
local last, opens, used = 0, 0, 0
if is_new then
    redis.call('DEL', KEYS[2])
    offset = 0
else
    last, opens, used = tonumber(facts[3]), tonumber(facts[4]), tonumber(facts[5])
end

local now = clock + offset
if now < last then
    offset = offset + last - now
    now = last
end
if ARGV[6] == run then
    -- A new state keeps to the server's clock: set back it would come closer to turns that it has forgotten.
    local latest = is_new and now or math.max(tonumber(ARGV[7]), last)
    if now > latest + tonumber(ARGV[8]) then
        offset = offset - (now - latest)
        now = latest
    end
else
    -- A caller without a clock to compare with learns the time first.
    wanted = 0
end
-- The turns went and the facts stayed: as good as new.
if is_new or redis.call('ZCARD', KEYS[2]) ~= used then opens = math.max(opens, now + window) end
if close > 0 then opens = math.max(opens, now + close) end

-- An ended call counts for a window from now on, also one that this state has not heard of.
for index = 11, #ARGV do
    redis.call('ZADD', KEYS[2], text(now + window), ARGV[index])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now))
used = redis.call('ZCARD', KEYS[2])

local free = math.max(0, limit - used)
if now < opens then free = 0 end
local granted = math.min(wanted, free)
for number = 1, granted do
    redis.call('ZADD', KEYS[2], text(now + longest + window), ARGV[10] .. number)
end
used = used + granted
free = free - granted

-- A call under way may end now and then counts for a window more.
local wait = 0
if now < opens then
    wait = opens - now
elseif free == 0 then
    local index = used - limit
    local turn = redis.call('ZRANGE', KEYS[2], index, index, 'WITHSCORES')
    wait = math.min(tonumber(turn[2]), now + window) - now
end
local soon = free
if opens <= now + horizon then
    local counting = horizon < window and redis.call('ZCOUNT', KEYS[2], '(' .. text(now + horizon), '+inf') or 0
    soon = math.max(0, limit - counting)
end

redis.call('HSET', KEYS[1], 'run', run, 'offset', text(offset), 'last', text(now), 'opens', text(opens), 'used', used)
local lifetime = math.ceil((longest + window + math.max(0, opens - now)) / 1000) + 86400000
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
return { granted, soon, wait, now, run }
