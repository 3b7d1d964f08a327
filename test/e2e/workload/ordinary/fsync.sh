#!/bin/sh
# Writers that each wait for the disk in their own way, on one ext4. usage: fsync.sh SECONDS
. "$(dirname "$0")/common.sh"
folder=/mnt/fsync

# Files of its own or one that all share: usage: write_loop FILE DD_OPERANDS...
write_loop() {
  file=$1
  shift
  while going; do
    dd if=/dev/zero of="$folder/$file" status=none "$@"
  done
}

write_loop buffered bs=1M count=16 conv=fsync &
jobs=$!
write_loop direct bs=64k count=64 oflag=direct conv=notrunc &
jobs="$jobs $!"
write_loop shared bs=4k count=128 oflag=dsync conv=notrunc &
jobs="$jobs $!"
write_loop shared bs=4k count=256 conv=notrunc,fsync &
jobs="$jobs $!"
until_end "$here/mapped-writers" "$folder/mapped" &
jobs="$jobs $!"
until_end "$here/log-writers" "$folder/log" &
jobs="$jobs $!"
wait_all $jobs
