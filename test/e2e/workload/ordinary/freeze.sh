#!/bin/sh
# Freezes and thaws an ext4 under writers, xattr setters and page faults. usage: freeze.sh SECONDS
. "$(dirname "$0")/common.sh"
folder=/mnt/freeze
trap 'fsfreeze -u $folder 2>/dev/null || :' EXIT

until_end "$here/frozen-writers" $folder/file &
jobs=$!
(while going; do dd if=/dev/zero of=$folder/written bs=64k count=32 conv=fsync status=none; done) &
jobs="$jobs $!"
while going; do
  fsfreeze -f $folder
  sleep 0.2
  fsfreeze -u $folder
  sleep 0.3
done
wait_all $jobs
