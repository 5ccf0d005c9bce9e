-- Stands before every other script.

-- A text that sorts as the position does; Position.rank in Python.
local function rank(position)
  local ms, seq = string.match(position, '(%d+)-(%d+)')
  return string.rep('0', 15 - #ms) .. ms .. '-' .. string.rep('0', 10 - #seq) .. seq
end

-- Append a job's ending. The mark in the hash is part of the guard: from here on nothing starts or ends the job again.
local function append_ending(events, job, version, fact)
  local position = redis.call('XADD', events, '*', 'v', version, 'fact', fact)
  redis.call('HSET', job, 'ended', rank(position))
  return position
end

-- The consumer that holds an entry, or nil; nobody does where a flush took stream and group.
local function holder(stream, group, id)
  local pending = redis.pcall('XPENDING', stream, group, id, id, 1)
  return not pending.err and pending[1] and pending[1][2] or nil
end

-- A reply that is a list of names and values, as a table.
local function named(list)
  local fields = {}
  for i = 1, #list, 2 do fields[list[i]] = list[i + 1] end
  return fields
end
