-- name: insert_session
INSERT INTO accounts.session
    (id, account_id, token_digest, created_at, last_used_at, expires_at, user_agent, address)
VALUES ($1, $2, $3, $4, $4, $5, $6, $7)

-- name: use_session
WITH found AS (
    SELECT s.id, s.account_id, s.expires_at, s.last_used_at, a.plan, a.admin
    FROM accounts.session AS s
    JOIN accounts.account AS a ON a.id = s.account_id
    WHERE s.token_digest = $1
        AND s.expires_at > $2
        AND s.last_used_at > $2 - $3::interval
        AND a.disabled_at IS NULL
), touched AS (
    UPDATE accounts.session
    SET last_used_at = $2
    WHERE id = (SELECT id FROM found) AND last_used_at <= $2 - interval '1 minute'
)
SELECT id, account_id, least(expires_at, last_used_at + $3::interval) AS ends_at, plan, admin
FROM found

-- name: list_sessions
SELECT id, account_id AS account, created_at, last_used_at, expires_at, user_agent, address
FROM accounts.session
WHERE account_id = $1 AND expires_at > $2 AND last_used_at > $2 - $3::interval
ORDER BY last_used_at DESC, id

-- name: delete_session
DELETE FROM accounts.session
WHERE account_id = $1 AND id = $2
RETURNING id

-- name: delete_session_by_token
DELETE FROM accounts.session
WHERE token_digest = $1
RETURNING id, account_id

-- name: delete_sessions_but
DELETE FROM accounts.session
WHERE account_id = $1 AND id IS DISTINCT FROM $2

-- name: delete_ended_sessions
DELETE FROM accounts.session
WHERE expires_at <= $1 OR last_used_at <= $1 - $2::interval
