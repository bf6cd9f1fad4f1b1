#!/usr/bin/env bash
# Fuzzes readers for so many seconds, all of them at once: fuzz-all.sh [SECONDS] [READER…]
#
# Beside it stands `reader`, or what `cargo +nightly fuzz build reader` made; seeds are made where there is no `corpus`.
# Limits: 10 s for an input, 1 GB of memory. Into $FUZZ_OUT (or out) go summary.txt, logs.tar.xz, corpus.tar.xz (what was found to
# lead somewhere new) and, where something broke, crashes.tar.xz with the inputs.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${FUZZ_OUT:-out}
seconds=${1:-60}
shift
for reader in "$here/reader" "$here/target/x86_64-unknown-linux-gnu/release/reader"; do
  [ -x "$reader" ] && break
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work"/{corpus,crashes,logs}
[ -d "$here/corpus" ] || SEEDS="$here/corpus" "$reader"
names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(ls "$here/corpus"))
export ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8:allocator_may_return_null=1
export RAYON_NUM_THREADS=1 TMPDIR=$work

fuzz() {
  local end=$((SECONDS + seconds)) tries=0 left
  cp -r "$here/corpus/$1" "$work/corpus/"
  # An input that breaks something ends the fuzzer: the rest of the time is for others.
  while left=$((end - SECONDS)) && ((left > 0 && tries < 50)); do
    READER=$1 "$reader" "$work/corpus/$1" -max_total_time=$left -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=1024 \
      -max_len=262144 -print_final_stats=1 -artifact_prefix="$work/crashes/$1-" >>"$work/logs/$1.log" 2>&1 && break
    tries=$((tries + 1))
  done
}

for name in "${names[@]}"; do fuzz "$name" & done
wait

{
  printf '%-14s %12s %9s %9s %11s %7s\n' reader executions coverage 'peak MB' 'slowest s' broken
  for name in "${names[@]}"; do
    awk -v name="$name" -v broken="$(ls "$work/crashes" | grep -c "^$name-[a-z]*-[0-9a-f]*$")" '
      /^stat::number_of_executed_units/ { executions += $2 }
      /^stat::peak_rss_mb/ && $2 > peak { peak = $2 }
      /^stat::slowest_unit_time_sec/ && $2 > slowest { slowest = $2 }
      match($0, /cov: [0-9]+/) { c = substr($0, RSTART + 5, RLENGTH - 5) + 0; if (c > cov) cov = c }
      END { printf "%-14s %12d %9d %9d %11d %7d\n", name, executions, cov, peak, slowest, broken }' "$work/logs/$name.log"
  done
  printf '\n%s processors, %s s for each reader\n' "$(nproc)" "$seconds"
  for name in "${names[@]}"; do
    grep -a -E -A1 "panicked at|^SUMMARY|^memory allocation" "$work/logs/$name.log" |
      sed -n "/panicked at/{N;s/\\n/ /p};/^SUMMARY/s/^/$name /p;/^memory/s/^/$name /p"
  done | sort | uniq -c | sort -rn | head -60
} | tee "$out/summary.txt"
for what in logs corpus crashes; do
  [ -z "$(ls "$work/$what")" ] || tar -cJf "$out/$what.tar.xz" -C "$work" "$what"
done
