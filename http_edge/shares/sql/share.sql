-- name: add_share
INSERT INTO shares.share (digest, job, account, created_at)
SELECT $1, $2, $3, $4
WHERE (SELECT count(*) FROM shares.share WHERE job = $2) < $5
RETURNING digest

-- name: shares_of_job
SELECT digest, job, account, created_at
FROM shares.share
WHERE job = $1
ORDER BY created_at, digest

-- name: revoke_share
DELETE FROM shares.share
WHERE job = $1 AND left(digest, 16) = $2

-- What somebody shared ends with their account.
-- name: find_share
SELECT digest, job, account, created_at
FROM shares.share
WHERE digest = $1
    AND (
        account IS NULL
        OR EXISTS (SELECT 1 FROM accounts.account WHERE id = share.account AND disabled_at IS NULL)
    )
