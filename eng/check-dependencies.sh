#!/usr/bin/env bash
# Restores only the packages of the lock files, and refuses any with a known vulnerability if the package source reports them.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet restore --locked-mode

tells_of_vulnerabilities() {
  local kind source
  while read -r kind source; do
    case "$kind $source" in
      E*' http'*) curl --silent --fail --location --max-time 30 "$source" | grep --quiet VulnerabilityInfo && return 0 ;;
    esac
  done < <(dotnet nuget list source --format Short)
  return 1
}

if ! tells_of_vulnerabilities; then
  echo "The package source tells of no vulnerabilities, so the dependencies were not checked for any."
  exit 0
fi
found=$(dotnet list package --vulnerable --include-transitive --format json)
if grep --quiet '"vulnerabilities"' <<<"$found"; then
  echo "$found"
  echo "A dependency has a known vulnerability; expected none." >&2
  exit 1
fi
echo "No dependency has a known vulnerability."
