#!/usr/bin/env bash
# Builds the documentation site: guides, recipes and the API reference. The pages lie in artifacts/site/pages.
#   eng/site.sh          builds; fails on a broken link or an undocumented public member
#   eng/site.sh serve    builds, and serves the pages on port 8080 of this machine
#   eng/site.sh check    builds, and opens every page in headless Chromium at two widths, light and dark (needs Node.js and Chromium)
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf artifacts/site docs/api/*.yml
mkdir -p artifacts/site

dotnet tool restore
dotnet build -c Release -v quiet -nologo tests/Bayes.Layers.Tests   # the packages, and all that they refer to; CS1591 is an error

# Decisions are listed by their headings.
for page in docs/decisions/0*.md; do echo "- href: ${page##*/}"; done > docs/decisions/toc.yml

log=artifacts/site/docfx.log
dotnet docfx docfx.json > "$log" 2>&1 || { tail -20 "$log"; exit 1; }
# A member that inherits its documentation and describes a parameter anew is what is wanted.
expected='Duplicate parameter|[0-9]+ (warning|error)\(s\)|succeeded with warning'
if complaints=$(grep -iE 'warning|error|unable to find' "$log" | grep -vE "$expected"); then
  echo "$complaints"
  echo "The documentation has $(wc -l <<<"$complaints") faults; expected none." >&2
  exit 1
fi
echo "$(find artifacts/site/pages -name '*.html' | wc -l) pages in artifacts/site/pages"

case "${1:-}" in
  serve) dotnet docfx serve artifacts/site/pages ;;
  check) npm ci --prefix eng/site --no-audit --no-fund > /dev/null && node eng/site/check.mjs ;;
esac
