-- Queries of the test's schema.
-- name: add_thing
INSERT INTO tried.thing (id, name) VALUES ($1, $2)

-- name: names
SELECT name
  FROM tried.thing
 ORDER BY id
