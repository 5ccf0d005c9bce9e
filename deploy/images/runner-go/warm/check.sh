#!/bin/sh
# check.sh OURS STOCK: the image is not built unless both pairs of compiler and linker make the same of /job/main.go.
set -eu

ours=$1 stock=$2
cd /job
for tool in compile link; do
    [ "$("$ours/$tool" -V)" = "$("$stock/$tool" -V)" ]
done
for tools in "$ours" "$stock"; do
    "$tools/compile" -o "$tools.a" -p main -complete -dwarf=false -importcfg /opt/go-std/importcfg -pack ./main.go
done
cmp "$ours.a" "$stock.a"
"$stock/link" -o "$stock.out" -s -w -importcfg /opt/go-std/importcfg.link "$stock.a"
"$ours/link" -early "$ours" -o "$ours.out" -s -w -importcfg /opt/go-std/importcfg.link "$ours.a"
cmp "$ours.out" "$stock.out"
rm "$ours.a" "$stock.a" "$ours.out" "$stock.out"
