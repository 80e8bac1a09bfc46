#!/bin/bash -eu
# Builds the fuzz targets in the layout of ClusterFuzzLite and OSS-Fuzz: programs, seeds, dictionary and options in $OUT.
# The script also runs without their image: OUT=/tmp/out .clusterfuzzlite/build.sh, with SANITIZER=none on a stable
# toolchain.
if [[ ${SRC:-} ]]; then cd "$SRC/mqtt-wire/fuzz"; else cd "$(dirname "$0")/../fuzz"; fi
mkdir -p "${OUT:?where the programs go}"
sanitizer=${SANITIZER:-none}
[[ $sanitizer == coverage ]] && sanitizer=none # the image sets the flags for it

seeds_of() {
    case $1 in
        mutate | versions) echo decode ;;
        forms | directions | broker_bytes) echo stream ;;
        broker_packets) echo roundtrip ;;
        *) echo "$1" ;;
    esac
}

for folder in . inspect example; do
    cargo fuzz build --fuzz-dir "$folder" --release --debug-assertions --sanitizer "$sanitizer"
    for source in "$folder"/fuzz_targets/*.rs; do
        target=$(basename "$source" .rs)
        cp "$(find "$folder/target" -path "*/release/$target" -type f | head -n 1)" "$OUT/"
        # Regressions are seeds too.
        seeds=$(mktemp -d)
        cp "seeds/$(seeds_of "$target")"/* "$seeds"
        find "regressions/$target" -type f ! -name .gitkeep -exec cp -t "$seeds" {} + 2>/dev/null || true
        (cd "$seeds" && rm -f "$OUT/${target}_seed_corpus.zip" && zip --quiet "$OUT/${target}_seed_corpus.zip" -- *)
        cp mqtt.dict "$OUT/$target.dict"
        printf '[libfuzzer]\nmax_len = 512\ndict = %s.dict\n' "$target" >"$OUT/$target.options"
        rm -r "$seeds"
    done
done
