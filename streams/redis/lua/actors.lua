-- The reports that have not expired; expired ones are removed on the way. KEYS: actors.
-- One that expires later than any could now was made before this server's clock went back: it lives on from now.
local now = redis.call('TIME')
local now_ms, live = now[1] * 1000 + math.floor(now[2] / 1000), {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local expires, ttl, report = string.match(all[i + 1], '^(%d+) (%d+) (.*)$')
  if not expires or tonumber(expires) <= now_ms then
    redis.call('HDEL', KEYS[1], all[i])
  else
    live[#live + 1] = report
    if tonumber(expires) > now_ms + ttl then
      redis.call('HSET', KEYS[1], all[i], string.format('%.0f %s ', now_ms + ttl, ttl) .. report)
    end
  end
end
return live
