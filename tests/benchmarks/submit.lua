-- For wrk: a hello world, submitted again and again.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"language": "python", "code": "print(6 * 7)"}'
