-- What everybody else asks.

-- name: facts_of_job
SELECT stream, ms, seq, partition, version, fact, other
  FROM archive.fact
 WHERE job = $1
 ORDER BY ms, seq, stream

-- The page after a position, over all streams or some.
-- name: entries_after
SELECT stream, ms, seq, partition, version, fact, other
  FROM archive.fact
 WHERE (ms, seq, stream) > ($1, $2, $3)
   AND (ms, seq) <= ($4, $5)
   AND ($7::text[] IS NULL OR stream = ANY ($7))
 ORDER BY ms, seq, stream
 LIMIT $6

-- The page before a position, the latest first.
-- name: entries_before
SELECT stream, ms, seq, partition, version, fact, other
  FROM archive.fact
 WHERE (ms, seq, stream) < ($1, $2, $3)
   AND (ms, seq) >= ($4, $5)
   AND stream = ANY ($7::text[])
 ORDER BY ms DESC, seq DESC, stream DESC
 LIMIT $6

-- All streams, by a step along the primary key for each.
-- name: streams
WITH RECURSIVE known AS (
    (SELECT stream, partition FROM archive.fact ORDER BY stream LIMIT 1)
    UNION ALL
    SELECT next.stream, next.partition
      FROM known
     CROSS JOIN LATERAL (
         SELECT fact.stream, fact.partition FROM archive.fact WHERE fact.stream > known.stream ORDER BY fact.stream LIMIT 1
     ) AS next
)
SELECT stream, partition FROM known

-- The last entry of each stream before a position.
-- name: last_before
SELECT wanted.stream, last.ms, last.seq
  FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS wanted (stream, ms, seq)
 CROSS JOIN LATERAL (
     SELECT fact.ms, fact.seq
       FROM archive.fact
      WHERE fact.stream = wanted.stream COLLATE "C"
        AND (fact.ms, fact.seq) < (wanted.ms, wanted.seq)
      ORDER BY fact.ms DESC, fact.seq DESC
      LIMIT 1
 ) AS last

-- name: jobs_of_account
SELECT id, language, lane, account, status, created_at, finished_at, duration_ms, cpu_ms, memory_peak_bytes, exit_code,
       signal, greatest(attempts, ended_attempts) AS attempts
  FROM archive.job
 WHERE account = $1
   AND ($2::text IS NULL OR language = $2)
   AND ($3::text IS NULL OR status = $3)
   AND created_at >= $4
   AND (created_at, id) < ($5, $6)
 ORDER BY created_at DESC, id DESC
 LIMIT $7

-- name: jobs_of_all
SELECT id, language, lane, account, status, created_at, finished_at, duration_ms, cpu_ms, memory_peak_bytes, exit_code,
       signal, greatest(attempts, ended_attempts) AS attempts
  FROM archive.job
 WHERE ($1::text IS NULL OR language = $1)
   AND ($2::text IS NULL OR status = $2)
   AND created_at >= $3
   AND (created_at, id) < ($4, $5)
 ORDER BY created_at DESC, id DESC
 LIMIT $6

-- name: usage_of_account
SELECT (created_at AT TIME ZONE 'UTC')::date AS date,
       language,
       count(*) AS jobs,
       coalesce(sum(coalesce(cpu_ms, 0) + coalesce(compile_cpu_ms, 0)), 0) / 1000 AS cpu_seconds
  FROM archive.job
 WHERE account = $1
   AND created_at >= $2
   AND created_at < $3
 GROUP BY 1, 2
 ORDER BY 1, 2

-- name: usage_of_all
SELECT (created_at AT TIME ZONE 'UTC')::date AS date,
       language,
       count(*) AS jobs,
       coalesce(sum(coalesce(cpu_ms, 0) + coalesce(compile_cpu_ms, 0)), 0) / 1000 AS cpu_seconds
  FROM archive.job
 WHERE created_at >= $1
   AND created_at < $2
 GROUP BY 1, 2
 ORDER BY 1, 2

-- name: extent
SELECT (SELECT min(ms) FROM archive.fact) AS first_ms,
       (SELECT max(ms) FROM archive.fact) AS last_ms,
       greatest(  -- the server's estimate, which begins with none
           (SELECT reltuples::bigint FROM pg_class WHERE oid = 'archive.fact'::regclass),
           (SELECT count(*) FROM (SELECT FROM archive.fact LIMIT 10000) AS counted)
       ) AS about,
       pg_total_relation_size('archive.fact') + pg_total_relation_size('archive.job') AS bytes
