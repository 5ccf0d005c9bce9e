-- What the archiver does.

-- name: add_facts
INSERT INTO archive.fact (stream, ms, seq, partition, job, type, at, version, fact, other)
SELECT *
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::timestamptz[],
              $8::integer[], $9::bytea[], $10::bytea[])
    ON CONFLICT DO NOTHING

-- In the order of their ids, so that two archivers do not wait for each other in a circle.
-- name: join_jobs
INSERT INTO archive.job AS held (id, partition, language, lane, account, submitted, created_at, attempts)
SELECT *
  FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[],
              $8::integer[]) AS told (id)
 ORDER BY told.id
    ON CONFLICT (id) DO UPDATE
   SET account = coalesce(held.account, excluded.account),
       submitted = held.submitted OR excluded.submitted,
       created_at = CASE WHEN excluded.submitted THEN excluded.created_at ELSE held.created_at END,
       attempts = greatest(held.attempts, excluded.attempts)
 WHERE held.submitted < excluded.submitted
    OR held.attempts < excluded.attempts

-- Of several endings the first counts, as in the fold.
-- name: end_jobs
UPDATE archive.job AS held
   SET verdict = told.verdict,
       ended_ms = told.ended_ms,
       ended_seq = told.ended_seq,
       ended_attempts = told.ended_attempts,
       finished_at = told.finished_at,
       duration_ms = told.duration_ms,
       cpu_ms = told.cpu_ms,
       compile_cpu_ms = told.compile_cpu_ms,
       memory_peak_bytes = told.memory_peak_bytes,
       exit_code = told.exit_code,
       signal = told.signal
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::integer[], $6::timestamptz[],
              $7::double precision[], $8::double precision[], $9::double precision[], $10::bigint[], $11::bigint[],
              $12::text[])
       AS told (id, verdict, ended_ms, ended_seq, ended_attempts, finished_at, duration_ms, cpu_ms, compile_cpu_ms,
                memory_peak_bytes, exit_code, signal)
 WHERE held.id = told.id
   AND (held.ended_ms IS NULL OR (told.ended_ms, told.ended_seq) < (held.ended_ms, held.ended_seq))

-- name: forget_facts
DELETE FROM archive.fact
 WHERE (stream, ms, seq) IN (SELECT stream, ms, seq FROM archive.fact WHERE ms < $1 ORDER BY ms, seq, stream LIMIT $2)

-- name: forget_jobs
DELETE FROM archive.job
 WHERE id IN (SELECT id FROM archive.job WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)
