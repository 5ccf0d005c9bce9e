-- name: put_in_outbox
INSERT INTO accounts.outbox (account_id, kind, password_hash, display_name, created_at, due_at)
VALUES ($1, $2, $3, $4, $5, $5)

-- name: claim_mail
UPDATE accounts.outbox AS o
SET attempts = o.attempts + 1, due_at = $1 + $2::interval
FROM accounts.account AS a
WHERE o.id = (
        SELECT id
        FROM accounts.outbox
        WHERE due_at <= $1
        ORDER BY due_at, id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    AND a.id = o.account_id
RETURNING o.id, o.kind, o.account_id AS account, o.password_hash, o.display_name AS pending_name, o.attempts,
    o.created_at, a.email

-- name: next_mail_due
SELECT min(due_at)
FROM accounts.outbox

-- name: postpone_mail
UPDATE accounts.outbox
SET due_at = $2
WHERE id = $1

-- name: remove_mail
DELETE FROM accounts.outbox
WHERE id = $1

-- name: remove_mails_of
DELETE FROM accounts.outbox
WHERE account_id = $1 AND kind = $2

-- name: insert_mail_token
INSERT INTO accounts.mail_token (token_digest, account_id, purpose, expires_at, password_hash, display_name)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: look_at_mail_token
SELECT account_id
FROM accounts.mail_token
WHERE token_digest = $1 AND purpose = $2 AND expires_at > $3

-- name: use_mail_token
DELETE FROM accounts.mail_token
WHERE token_digest = $1 AND purpose = $2 AND expires_at > $3
RETURNING account_id, password_hash, display_name

-- name: delete_mail_tokens
DELETE FROM accounts.mail_token
WHERE account_id = $1 AND purpose = $2

-- name: delete_ended_mail_tokens
DELETE FROM accounts.mail_token
WHERE expires_at <= $1

-- name: delete_old_mails
DELETE FROM accounts.outbox
WHERE created_at <= $1
