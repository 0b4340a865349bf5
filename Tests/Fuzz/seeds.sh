#!/bin/sh
# Seeds and a dictionary for the fuzzer, in the folder given: shipped specs, the golden specs of the tests, and the words
# of the language.
set -e
project=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1/seeds"
for file in "$project"/Specs/*.yaml "$project"/Specs/invalid/*.yaml "$project"/Tests/*/Golden/*.yaml; do
  name=$(echo "${file#"$project"/}" | tr / -)
  # Comments only take room.
  grep -v '^ *#' "$file" > "$1/seeds/$name" || cp "$file" "$1/seeds/$name"
done
{
  grep -oE '"[a-z][a-z0-9_]*"' "$project/Grammar/spec.schema.json" | sort -u
  for sign in '- ' ': ' '{' '}' '[' ']' ', ' '$(' ')' '&a ' '*a' '<<: *a' '|\x0a' '>\x0a' '\x0a  ' '\x0a    - ' '**' '//' \
    '.nan' '-1' '65536' '16777216' '9223372036854775807' '1e308' '1e-400' '0x10' '\xef\xbb\xbf' '\xc2\x85' '---\x0a'; do
    echo "\"$sign\""
  done
} > "$1/words.dict"
