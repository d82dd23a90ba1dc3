#!/bin/bash
# Measures the service under load, with wrk on the same machine: load.sh [SECONDS] [CONNECTIONS] [RATE] [network|table]
# RATE is the number of requests a second; 0 for as many as it answers. Starts the service on a free port of 127.0.0.1 with a model of 13 columns,
# posts one row with each request, and stops it.
set -euo pipefail
seconds=${1:-20} connections=${2:-16} rate=${3:-0} kind=${4:-network}
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v wrk > /dev/null; then
  echo "wrk is not installed; install it with 'apt-get install wrk' (Debian, Ubuntu) or 'brew install wrk' (macOS)." >&2
  exit 1
fi
[ -n "${NO_BUILD:-}" ] || dotnet build -c Release -v quiet --nologo "$here/Bayes.Layers.Service.csproj" > /dev/null
service="$here/bin/Release/net10.0/Bayes.Layers.Service"
work=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2> /dev/null || true; wait "$pid" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap stop EXIT
"$service" demo "$kind" "$work/model.safetensors"
"$service" --Model "$work/model.safetensors" --urls http://127.0.0.1:0 > "$work/log" 2>&1 &
pid=$!
url=
for _ in $(seq 100); do
  url=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/log" | head -1 || true)
  [ -n "$url" ] && break
  kill -0 "$pid" 2> /dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.1
done
memory() { echo "resident memory $1: $(awk '/VmRSS/ { printf "%.1f MB", $2 / 1024 }' "/proc/$pid/status" 2> /dev/null || echo unknown)"; }
paced=()
[ "$rate" = 0 ] || paced=(-- "$rate" "$connections")
# Compiles what is called often.
wrk -t1 -c"$connections" -d5s -s "$here/load.lua" "$url" > /dev/null
memory "at the start"
( sleep $((seconds / 2)); memory "in the middle" ) &
middle=$!
wrk -t1 -c"$connections" -d"${seconds}s" -s "$here/load.lua" "$url" "${paced[@]}" | tail -1
memory "at the end"
wait "$middle"
