-- Remember that a language has streams here. A script, so that heartbeats go on at `maxmemory`. KEYS: languages.
return redis.call('SADD', KEYS[1], ARGV[1])
