#!/bin/sh
# Makes the CUDA libraries that need no GPU: build.sh OUT. Needs g++ alone.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=$1
mkdir -p "$out"
cp "$here/cpu.h" "$here/races.h" "$out/"

library() { # name version source
  flags=
  if [ "$2" != 1 ]; then # the bindings ask for the symbols' version, too
    printf 'lib%s.so.%s { global: *; };\n' "$1" "$2" >"$out/lib$1.version"
    flags=-Wl,--version-script="$out/lib$1.version"
  fi
  # shellcheck disable=SC2086 # no flags are no word
  g++ -x c++ -std=c++17 -O2 -Wall -fPIC -shared "-Wl,-soname,lib$1.so.$2" $flags -o "$out/lib$1.so.$2" "$3" -ldl
}

echo 'int none;' >"$out/none.cpp"
library cuda 1 "$here/libcuda.cpp" &
library nvrtc 13 "$here/libnvrtc.cpp" &
library cublasLt 13 "$here/libcublasLt.cpp" &
library cudart 13 "$out/none.cpp"
library cublas 13 "$out/none.cpp"
wait
