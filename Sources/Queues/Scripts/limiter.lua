-- At most `limit` calls in every sliding window, as the party that is called sees them, over all callers, on the clock of
-- this server: a turn counts from before its call until a whole window after the call has ended.
--
-- Turns that were granted together are a bundle, one entry named `name*count`. Where there is plenty, all that is wanted is
-- one bundle, with turns to spare; where turns are short each is a bundle of its own and comes free by itself.
--
-- KEYS: 1 facts of the limit (hash), 2 its bundles by the time at which they count no more (sorted set).
-- ARGV: 1 limit, 2 window, 3 wanted, 4 to spare where there is plenty, 5 how far ahead of its start a turn is handed out, 6 horizon of
--       the forecast, 7 how many turns it looks for, 8 close for, 9 state the caller knows, 10 latest time it can be by the
--       caller's own clock, 11 tolerance of that, 12 how long after its start a turn's call may end, 13 prefix of the names
--       of new bundles, 14 number of bundles that are given back; then of each of those its name, its count, how many of its
--       turns were used, its start and how long ago its last call ended; then name and count of bundles whose calls are
--       under way although the state may have forgotten them. Times are in microseconds.
-- Returns: turns that come free within the horizon, wait until the next one, time, state, then start and count of each
--       bundle that was granted.
--
-- It starts closed for one window: after a flush, an eviction, a restart or a failover nobody knows what was granted before.
-- Its time follows the server's clock, but never goes back, and does not leap further than the caller's clock allows.

local limit, window, wanted, spare = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local lead, horizon, sought, close = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local longest, prefix, returned = tonumber(ARGV[12]), ARGV[13], tonumber(ARGV[14])
local first_returned = 15
local first_held = first_returned + 5 * returned

local function text(number)
    return string.format('%.0f', number)
end

-- With the form of the entries, so that a program of another version takes them for those of another run.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') .. '*'
local seconds = redis.call('TIME')
local clock = tonumber(seconds[1]) * 1000000 + tonumber(seconds[2])

local facts = redis.call('HMGET', KEYS[1], 'run', 'offset', 'last', 'opens', 'used', 'bundles', 'state')
local is_new = facts[1] ~= run or not facts[7]
local offset = is_new and 0 or tonumber(facts[2])
local last, opens, used, bundles, state = 0, 0, 0, 0, ''
if not is_new then
    last, opens, used, bundles = tonumber(facts[3]), tonumber(facts[4]), tonumber(facts[5]), tonumber(facts[6])
    state = facts[7]
end

local now = clock + offset
if now < last then
    offset = offset + last - now
    now = last
end
-- The bundles went and the facts stayed: as good as new. A new state keeps to the server's clock: set back it would come
-- closer to turns that it has forgotten.
if is_new or redis.call('ZCARD', KEYS[2]) ~= bundles then
    redis.call('DEL', KEYS[2])
    used, bundles, state = 0, 0, prefix
    opens = math.max(opens, now + window + lead)
end
if ARGV[9] == state then
    local latest = math.max(tonumber(ARGV[10]), last)
    if now > latest + tonumber(ARGV[11]) then
        offset = offset - (now - latest)
        now = latest
    end
else
    -- A caller without a clock to compare with learns the time first.
    wanted, spare = 0, 0
end
if close > 0 then opens = math.max(opens, now + close) end

local function count(member)
    return tonumber(string.match(member, '%*(%d+)$'))
end
local function put(member, until_time)
    if redis.call('ZADD', KEYS[2], text(until_time), member) == 1 then
        used, bundles = used + count(member), bundles + 1
    end
end

-- What is given back counts for a window from the end of its last call, also when this state has not heard of it. Turns that
-- were not used do not count any more.
for index = first_returned, first_held - 1, 5 do
    local name, granted, calls = ARGV[index], ARGV[index + 1], ARGV[index + 2]
    if calls ~= granted and redis.call('ZREM', KEYS[2], name .. '*' .. granted) == 1 then
        used, bundles = used - tonumber(granted), bundles - 1
    end
    if calls ~= '0' then
        local start, age = tonumber(ARGV[index + 3]), tonumber(ARGV[index + 4])
        put(name .. '*' .. calls, math.max(now - age, math.min(start, now + lead)) + window)
    end
end
for index = first_held, #ARGV, 2 do put(ARGV[index] .. '*' .. ARGV[index + 1], now + longest + window) end
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', text(now))
for _, member in ipairs(over) do used, bundles = used - count(member), bundles - 1 end
if #over > 0 then redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now)) end

local granted = {}
local function grant(start, turns)
    put(prefix .. #granted .. '*' .. turns, start + longest + window)
    granted[#granted + 1] = { start, turns }
end
-- The bundles that count no more by then, the earliest first, each followed by that time; each of them has a turn at least.
local function coming(until_time, most)
    return redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', until_time, 'WITHSCORES', 'LIMIT', 0, most)
end

local first = math.max(now, opens)
if wanted + spare > 0 and first <= now + lead then
    -- There is plenty where it is no more than an eighth of what is free beyond half of the limit: others find turns, and
    -- calls that hang hold up little.
    local share = math.floor((math.floor(limit / 2) - used) / 8)
    if share > 0 and wanted <= share then
        grant(first, math.min(share, wanted + spare))
    else
        -- A turn that comes free within the lead is handed out already; as long as both count, more is used than the limit.
        local free, start, index = limit - used, first, 1
        local next_ones = free < wanted and coming(text(now + lead), wanted - free) or {}
        while #granted < wanted do
            while free <= 0 and next_ones[index] do
                free = free + count(next_ones[index])
                start = math.max(first, tonumber(next_ones[index + 1]))
                index = index + 2
            end
            if free <= 0 then break end
            free = free - 1
            grant(start, 1)
        end
    end
end

-- A call under way may end now and then counts for a window more.
local free, next = limit - used, now
if free <= 0 then
    local next_ones = coming('+inf', 1 - free)
    local sum, index = free, 1
    while sum <= 0 do
        sum = sum + count(next_ones[index])
        next = math.min(tonumber(next_ones[index + 1]), now + window)
        index = index + 2
    end
end
local wait = math.max(next, opens) - now
local soon = 0
if opens <= now + horizon then
    soon = horizon < window and free or limit
    if horizon > 0 and soon < sought then
        local next_ones = coming(text(now + horizon), sought - soon)
        for index = 1, #next_ones, 2 do soon = soon + count(next_ones[index]) end
    end
    soon = math.max(0, math.min(soon, limit))
end

redis.call('HSET', KEYS[1], 'run', run, 'offset', text(offset), 'last', text(now), 'opens', text(opens), 'used', used,
    'bundles', bundles, 'state', state)
local lifetime = math.ceil((longest + window + lead + math.max(0, opens - now)) / 1000) + 86400000
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
local reply = { soon, wait, now, state }
for _, bundle in ipairs(granted) do
    reply[#reply + 1] = bundle[1]
    reply[#reply + 1] = bundle[2]
end
return reply
