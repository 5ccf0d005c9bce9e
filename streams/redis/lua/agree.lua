-- Store the topology if none is stored; return the one in force. KEYS: topology. ARGV: partitions, lanes.
redis.call('HSETNX', KEYS[1], 'partitions', ARGV[1])
redis.call('HSETNX', KEYS[1], 'lanes', ARGV[2])
return redis.call('HMGET', KEYS[1], 'partitions', 'lanes')
