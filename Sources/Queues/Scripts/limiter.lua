-- At most `limit` starts in every sliding window, over all callers, on the clock of this server.
--
-- KEYS: 1 facts of the limit (hash), 2 its grants, newest first, each "time:count" (list).
-- ARGV: 1 limit, 2 window, 3 wanted, 4 horizon of the forecast, 5 close for, 6 run id the caller knows, 7 latest time it
--       can be by the caller's own clock, 8 tolerance of that; times in microseconds.
-- Returns: granted, starts that come free within the horizon, wait until the next one, time, run id.
--
-- It starts closed for one window: after a flush, an eviction, a restart or a failover nobody knows what was granted before.
-- Its time follows the server's clock, but never goes back, and does not leap further than the caller's clock allows.

local limit, window, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local horizon, close = tonumber(ARGV[4]), tonumber(ARGV[5])

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
    -- A new state keeps to the server's clock: set back it would come closer to grants that it has forgotten.
    local latest = is_new and now or math.max(tonumber(ARGV[7]), last)
    if now > latest + tonumber(ARGV[8]) then
        offset = offset - (now - latest)
        now = latest
    end
else
    -- A caller without a clock to compare with learns the time first.
    wanted = 0
end
if is_new then opens = now + window end
if close > 0 then opens = math.max(opens, now + close) end

local function grant_at(index)
    local grant = redis.call('LINDEX', KEYS[2], index)
    if not grant then return nil end
    local at, count = string.match(grant, '(%d+):(%d+)')
    return tonumber(at), tonumber(count)
end

local oldest, count = grant_at(-1)
while oldest and oldest + window <= now do
    redis.call('RPOP', KEYS[2])
    used = used - count
    oldest, count = grant_at(-1)
end
if not oldest and used > 0 then
    used = 0
    opens = math.max(opens, now + window)
end

local free = math.max(0, limit - used)
if now < opens then free = 0 end
local granted = math.min(wanted, free)
if granted > 0 then
    redis.call('LPUSH', KEYS[2], text(now) .. ':' .. granted)
    used = used + granted
    free = free - granted
    oldest = oldest or now
end

local wait = 0
if now < opens then
    wait = opens - now
elseif free == 0 and oldest then
    wait = oldest + window - now
end

local soon = free
if opens <= now + horizon then
    soon = math.max(0, limit - used)
    local index = -1
    local at, several = grant_at(index)
    while at and at + window <= now + horizon do
        soon = soon + several
        index = index - 1
        at, several = grant_at(index)
    end
end

redis.call('HSET', KEYS[1], 'run', run, 'offset', text(offset), 'last', text(now), 'opens', text(opens), 'used', used)
local lifetime = math.ceil((window + math.max(0, opens - now)) / 1000) + 86400000
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
return { granted, math.min(soon, limit), wait, now, run }
