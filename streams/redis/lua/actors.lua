-- The reports that have not expired; expired ones are removed on the way. KEYS: actors.
local now = redis.call('TIME')
local now_ms, live = now[1] * 1000 + math.floor(now[2] / 1000), {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local expires, report = string.match(all[i + 1], '^(%d+) (.*)$')
  if tonumber(expires) > now_ms then
    live[#live + 1] = report
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return live
