-- Append a job's ending and acknowledge its submission, if the consumer still holds it and nothing has ended the job.
-- KEYS: submissions stream, job hash, events stream, cancellations, dead letters.
-- ARGV: group, consumer, entry id, job id, dead letter's field, dead letter ('' for none), the ending's arguments.
local stream, job, events, cancellations, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group, consumer, id, job_id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if holder(stream, group, id) ~= consumer then return {'not ours'} end
redis.call('XACK', stream, group, id)
local ended, cancel_requested, attempts = unpack(redis.call('HMGET', job, 'ended', 'cancel_requested', 'attempts'))
-- (A hash without attempts may have been lost, and with it what it said of a cancellation.)
if cancel_requested or not attempts then redis.call('SREM', cancellations, job_id) end
if ended then return {'ended'} end
local position = append_ending(events, job, 7)
if ARGV[6] ~= '' then redis.call('HSET', dead, ARGV[5], ARGV[6]) end
return {'written', position}
