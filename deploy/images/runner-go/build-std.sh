#!/bin/sh
# Compiles the standard library once and records how `go build` calls compiler and linker, so that the agent can call
# them directly: /opt/go-std/{cache,importcfg,importcfg.link,packages,trace}.
set -eu

export PATH=/usr/local/go/bin:$PATH HOME=/tmp CGO_ENABLED=0 GOTOOLCHAIN=local GOPROXY=off GOTELEMETRY=off GOFLAGS=
export GOCACHE=/opt/go-std/cache
mkdir -p "$GOCACHE" /job
go build std
go list -export -f '{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}' std > /opt/go-std/importcfg
go list std > /opt/go-std/packages
cd /job
printf 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n' > main.go
go build -x -o main main.go 2> /opt/go-std/trace
rm -rf /job
{ cat /opt/go-std/importcfg; grep '^modinfo ' /opt/go-std/trace; } > /opt/go-std/importcfg.link # as `go version -m` shows it
cd /usr/local/go
rm -rf misc test api doc pkg/obj lib/fips140/*.zip lib/wasm src/cmd
find src -name testdata -type d -prune -exec rm -rf {} +
find src -name '*_test.go' -delete
cd pkg/tool/*/
find . -type f ! -name compile ! -name link ! -name asm ! -name buildid ! -name cgo -delete
chmod -R a+rX /opt/go-std /usr/local/go
