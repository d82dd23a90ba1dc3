#!/usr/bin/env bash
# notebooks.sh: runs the notebooks in docs/notebooks and stores what they print and draw.
set -euo pipefail
cd "$(dirname "$0")/.."
BAYES_LAYERS_WRITE_NOTEBOOKS=1 dotnet test -c Release --project tests/Bayes.Layers.Tests/Bayes.Layers.Tests.csproj --filter-class "*NotebookTests" \
  --filter-method "*Every_notebook_runs*"
