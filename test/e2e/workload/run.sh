#!/bin/sh
# dd with fsync beside writeback-load, a fixed amount of work. usage: run.sh FOLDER ROUNDS
set -eu
folder=$1 rounds=$2
"$(dirname "$0")/writeback-load" "$folder/mapped" "$rounds" &
i=0
while [ "$i" -lt "$rounds" ]; do
  dd if=/dev/zero of="$folder/written" bs=1M count=16 conv=fsync status=none
  i=$((i + 1))
done
wait $!
