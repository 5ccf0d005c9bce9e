-- name: insert_key
INSERT INTO accounts.api_key (id, account_id, name, prefix, key_digest, scopes, created_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (SELECT count(*) FROM accounts.api_key WHERE account_id = $2) < $9
RETURNING id

-- name: lock_account
SELECT id
FROM accounts.account
WHERE id = $1
FOR UPDATE

-- name: use_key
WITH found AS (
    SELECT k.id, k.account_id, k.key_digest, k.scopes, k.expires_at, a.plan, a.admin
    FROM accounts.api_key AS k
    JOIN accounts.account AS a ON a.id = k.account_id
    WHERE k.prefix = $1
        AND (k.expires_at IS NULL OR k.expires_at > $3)
        AND a.disabled_at IS NULL
), touched AS (
    UPDATE accounts.api_key
    SET last_used_at = $3
    WHERE id = (SELECT id FROM found WHERE key_digest = $2)
        AND (last_used_at IS NULL OR last_used_at <= $3 - interval '1 minute')
)
SELECT id, account_id, key_digest, scopes, expires_at, plan, admin
FROM found

-- name: list_keys
SELECT id, account_id AS account, name, prefix, scopes, created_at, expires_at, last_used_at
FROM accounts.api_key
WHERE account_id = $1
ORDER BY created_at DESC, id

-- name: delete_key
DELETE FROM accounts.api_key
WHERE account_id = $1 AND id = $2
RETURNING id
