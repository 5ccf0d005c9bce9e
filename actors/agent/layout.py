"""Where things are inside a runner."""

SOCKET = "/run/sandbox/agent.sock"
RUNTIME = "/opt/agent/runtime.json"
WORK = "/job"
HOME = "/tmp"
WRITABLE = (WORK, "/tmp", "/dev/shm", "/dev/mqueue")

PYTHON = "/usr/bin/python3"
NODE = "/usr/local/bin/node"
NODE_PRELOAD = "/usr/local/lib/sandbox/start.cjs"
GO_ROOT = "/usr/local/go"
GO_STD = "/opt/go-std"
GO_WARM = f"{GO_STD}/warm"

ENVIRONMENT = {
    "PATH": "/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",
    "HOME": HOME,  # last: a warm Python learns it last
}
GO_ENVIRONMENT = {
    **ENVIRONMENT,
    "CGO_ENABLED": "0",
    "GOCACHE": f"{GO_STD}/cache",
    "GOPATH": "/tmp/go",
    "GOTOOLCHAIN": "local",
    "GOPROXY": "off",
    "GOTELEMETRY": "off",
    "GODEBUG": "goindex=0",  # the index of packages would have to be written next to the read-only cache
}
