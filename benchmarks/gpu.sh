#!/usr/bin/env bash
# Runs the CUDA tests and the benchmark report on a machine that has a GPU and a PyTorch but neither .NET nor a libtorch for TorchSharp.
#
#   benchmarks/gpu.sh pack FILE.tar.xz         with the .NET SDK: packs programs for Linux x64 with their runtime, without libtorch; about 45 MB
#   benchmarks/gpu.sh run FILE.tar.xz FOLDER   with the GPU: runs the tests, then writes the report for every device to FOLDER
#
# PYTHON is the interpreter with PyTorch (default python3), TORCH_LIB a libtorch other than that PyTorch's, DEVICE one device (cpu or cuda:0)
# instead of all. Without a GPU, `run` says so, skips the CUDA tests and reports on the CPU.
set -euo pipefail

usage() {
  sed -n 's/^#   //p' "$0" >&2
  exit 2
}

pack() {
  local file=$1 root work
  mkdir -p "$(dirname "$file")"
  file=$(realpath "$file")
  root=$(cd "$(dirname "$0")/.." && pwd)
  work=$root/artifacts/gpu
  rm -rf "$work/programs"
  # Builds into a separate folder: the checkout's builds, which have a libtorch, are not changed.
  dotnet publish "$root/tests/Bayes.Layers.Tests" -c Release -r linux-x64 --self-contained -p:TorchBackend=none -p:DebugType=none \
    --artifacts-path "$work/build" -o "$work/programs"
  tar -C "$work" -cf - programs | xz -T0 -6 > "$file.partial"
  mv "$file.partial" "$file"
  ls -l "$file"
}

run() {
  local file=$1 folder=$2 python=${PYTHON:-python3} work
  mkdir -p "$folder"
  folder=$(realpath "$folder")
  work=$(mktemp -d)
  # Not "local", because the trap at the script's end still needs the name.
  unpacked=$work
  trap 'rm -rf "$unpacked"' EXIT
  tar -C "$work" -xJf "$file"
  if [ -z "${TORCH_LIB:-}" ]; then
    TORCH_LIB=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
  fi
  export TORCH_LIB
  cd "$work/programs"
  echo "libtorch from $TORCH_LIB"
  # Refuses a libtorch that does not fit, with the reason.
  ./Bayes.Layers.Benchmarks report --help > /dev/null
  # The report is made even if a test failed; the exit code shows either failure.
  local status=0
  ./Bayes.Layers.Tests -namespace Bayes.Layers.Tests.Cuda 2>&1 | tee "$folder/cuda-tests.txt" || status=$?
  ./Bayes.Layers.Benchmarks report --output "$folder" --python "$python" --device "${DEVICE:-all}" 2>&1 | tee "$folder/report.txt" || status=$?
  return "$status"
}

case ${1:-} in
  pack) [ $# -eq 2 ] || usage; pack "$2" ;;
  run) [ $# -eq 3 ] || usage; run "$2" "$3" ;;
  *) usage ;;
esac
