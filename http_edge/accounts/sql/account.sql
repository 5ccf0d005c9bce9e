-- name: insert_account
INSERT INTO accounts.account
    (id, email, email_key, display_name, password_hash, plan, admin, created_at, verified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (email_key) DO NOTHING
RETURNING id

-- name: find_account
SELECT id, email, display_name, plan, admin, created_at, verified_at, disabled_at
FROM accounts.account
WHERE id = $1

-- name: find_account_by_email
SELECT id, email, display_name, plan, admin, created_at, verified_at, disabled_at, password_hash
FROM accounts.account
WHERE email_key = $1

-- name: password_hash_of
SELECT password_hash
FROM accounts.account
WHERE id = $1 AND disabled_at IS NULL

-- name: list_accounts
SELECT id, email, display_name, plan, admin, created_at, verified_at, disabled_at
FROM accounts.account
WHERE ($1 = '' OR position($1 IN email_key) > 0 OR position($1 IN lower(display_name)) > 0 OR id = $1)
    AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
ORDER BY created_at DESC, id DESC
LIMIT $4

-- name: set_display_name
UPDATE accounts.account
SET display_name = $2
WHERE id = $1
RETURNING id, email, display_name, plan, admin, created_at, verified_at, disabled_at

-- name: set_password
UPDATE accounts.account
SET password_hash = $2
WHERE id = $1

-- name: replace_password_hash
UPDATE accounts.account
SET password_hash = $3
WHERE id = $1 AND password_hash = $2

-- name: set_verified
UPDATE accounts.account
SET verified_at = $2,
    password_hash = coalesce($3, password_hash),
    display_name = coalesce($4, display_name)
WHERE id = $1 AND verified_at IS NULL

-- name: set_plan
UPDATE accounts.account
SET plan = $2
WHERE id = $1 AND plan <> $2

-- name: set_admin
UPDATE accounts.account
SET admin = $2
WHERE id = $1 AND admin <> $2

-- name: set_disabled
UPDATE accounts.account
SET disabled_at = $2
WHERE id = $1 AND (disabled_at IS NULL) <> ($2::timestamptz IS NULL)

-- name: delete_account
DELETE FROM accounts.account
WHERE id = $1

-- name: append_fact
INSERT INTO accounts.fact (at, account_id, version, fact)
VALUES ($1, $2, $3, $4)

-- name: facts_of
SELECT position, version, fact
FROM accounts.fact
WHERE account_id = $1 AND position < $2
ORDER BY position DESC
LIMIT $3
