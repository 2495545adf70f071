#!/bin/sh
# Builds llama.cpp's own benchmark for this machine, for `vorlage model bench --peer`: the sources are those in the
# source package of llama-cpp-python (MIT) on Python's package index. Takes ten minutes on two cores; no part of
# `make test`. Lies beside the models: $VORLAGE_MODELS/../llama-bench, else in the user's cache.
set -eu

package=llama-cpp-python version=0.3.36
models=${VORLAGE_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/vorlage/models}
place=$(dirname "$models")/llama-bench

[ -x "$place/llama-bench" ] && { echo "$place/llama-bench"; exit 0; }

mkdir -p "$place"
work=$(mktemp -d "$place/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The source package names its version with this tool; nothing is installed beyond the folder.
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check scikit-build-core==0.11.6
"$work/venv/bin/python" -m pip download --quiet --no-input --disable-pip-version-check --no-cache-dir \
    --no-deps --no-build-isolation --no-binary=:all: --dest "$work" "$package==$version"
tar -xzf "$work"/*.tar.gz -C "$work"
source=$(echo "$work"/*/vendor/llama.cpp)
[ -f "$source/CMakeLists.txt" ] || { echo "the package $package $version has no llama.cpp" >&2; exit 1; }
cmake -S "$source" -B "$work/out" -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=OFF \
    -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
    -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_TOOLS=ON >&2
cmake --build "$work/out" --target llama-bench --parallel "${JOBS:-2}" >&2
mv "$(find "$work/out" -type f -name llama-bench -perm -u+x | head -n 1)" "$place/llama-bench"
echo "$place/llama-bench"
