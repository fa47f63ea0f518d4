-- A bucket of points that refills, as the called party reports it: what a call costs is taken before it is made.
--
-- KEYS: 1 the bucket (hash).
-- ARGV: 1 points wanted, 2 assumed size, 3 assumed refill a second, then, when a report came: 4 points available,
--       5 size, 6 refill a second.
-- Returns: 1 when granted, wait in microseconds until as many points will have come, points left (rounded down).
--
-- A bucket nobody has reported on starts empty. A report never adds points: calls under way may not be in it yet.

local seconds = redis.call('TIME')
local now = tonumber(seconds[1]) * 1000000 + tonumber(seconds[2])
local wanted = tonumber(ARGV[1])
local bucket = redis.call('HMGET', KEYS[1], 'points', 'at', 'size', 'refill')
local points, at = tonumber(bucket[1] or '0'), tonumber(bucket[2] or now)
local size, refill = tonumber(bucket[3] or ARGV[2]), tonumber(bucket[4] or ARGV[3])

-- A clock that went back refills nothing until it has caught up with itself; a leap forward fills at most the bucket.
points = math.min(size, points + math.max(0, now - at) * refill / 1000000)
if ARGV[4] then
    size, refill = tonumber(ARGV[5]), tonumber(ARGV[6])
    points = math.min(points, tonumber(ARGV[4]), size)
end

local granted, wait = 0, 0
-- What costs more than the bucket holds is granted when it is full; the called party decides.
local needed = math.min(wanted, size)
if points >= needed then
    granted = 1
    points = points - needed
else
    wait = math.ceil((needed - points) * 1000000 / refill)
end

redis.call('HSET', KEYS[1], 'points', string.format('%.6f', points), 'at', string.format('%.0f', now),
    'size', size, 'refill', refill)
redis.call('PEXPIRE', KEYS[1], 86400000)
return { granted, wait, math.floor(points) }
