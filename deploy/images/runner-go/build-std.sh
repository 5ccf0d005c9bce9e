#!/bin/sh
# Compiles the standard library, for `go build` (in its cache) and for the agent, which calls compiler and linker directly
# as recorded here: /opt/go-std/{cache,lean,importcfg,importcfg.link,packages,trace}; and our own compiler and linker,
# which can wait for their job: /opt/go-std/warm.
set -eu

export PATH=/usr/local/go/bin:$PATH HOME=/tmp CGO_ENABLED=0 GOTOOLCHAIN=local GOPROXY=off GOTELEMETRY=off GOFLAGS=
export GOCACHE=/opt/go-std/cache
mkdir -p "$GOCACHE" /job
go build std
# The agent's programs are stripped, so its library is one without debugging information: a quarter less for the linker.
mkdir /opt/go-std/lean
GOCACHE=/tmp/lean go list -export -gcflags=all=-dwarf=false -f '{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}' std |
    while read -r package file; do
        [ -n "$package" ] || continue
        object=/opt/go-std/lean/$(printf '%s' "$package" | tr / _).a
        cp "$file" "$object"
        echo "packagefile $package=$object"
    done > /opt/go-std/importcfg
rm -rf /tmp/lean
go list std > /opt/go-std/packages
cd /job
printf 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n' > main.go
go build -x -o main main.go 2> /opt/go-std/trace
{ cat /opt/go-std/importcfg; grep '^modinfo ' /opt/go-std/trace; } > /opt/go-std/importcfg.link # as `go version -m` shows it

warm=/opt/go-std/warm
mkdir "$warm"
cp /warm/packages "$warm"
cp -r "$GOCACHE" /tmp/tools # their own cache, which knows the library
python3 /warm/edit.py /usr/local/go/src/cmd
GOCACHE=/tmp/tools go build -gcflags=cmd/...=-dwarf=false -ldflags='-s -w' -o "$warm" cmd/compile cmd/link
rm -rf /tmp/tools
"$warm/link" -early "$warm" -knowearly -importcfg /opt/go-std/importcfg.link none
sh /warm/check.sh "$warm" /usr/local/go/pkg/tool/*
rm -rf /job

cd /usr/local/go
rm -rf misc test api doc pkg/obj lib/fips140/*.zip lib/wasm src/cmd
find src -name testdata -type d -prune -exec rm -rf {} +
find src -name '*_test.go' -delete
cd pkg/tool/*/
find . -type f ! -name compile ! -name link ! -name asm ! -name buildid ! -name cgo -delete
chmod -R a+rX /opt/go-std /usr/local/go
