#!/usr/bin/env bash
# update-public-api.sh [PROJECT]: adds untracked public members to PublicAPI.Unshipped.txt.
# The build reports removed members (RS0017). Delete those by hand, because users may depend on them.
set -euo pipefail
cd "$(dirname "$0")/../src/${1:-Bayes.Layers}"
found=$(dotnet build -c Release --no-incremental -p:TreatWarningsAsErrors=false |
  sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p")
{
  echo '#nullable enable'
  { grep -v '^#' PublicAPI.Unshipped.txt || true; printf '%s\n' "$found"; } | grep . | LC_ALL=C sort -u
} > PublicAPI.partial
mv PublicAPI.partial PublicAPI.Unshipped.txt
wc -l PublicAPI.Unshipped.txt
