#!/bin/sh
# Compiles the programs of the loads and makes and mounts their file systems. usage: setup.sh
set -eu
here=$(dirname "$0")
for source in "$here"/*.c; do
  gcc -O2 -Wall -Wextra -pthread -o "${source%.c}" "$source"
done
mkdir -p /mnt/fsync /mnt/btrfs /mnt/freeze
mkfs.ext4 -qF /dev/vdb
mkfs.btrfs -qf /dev/vdc
mkfs.ext4 -qF /dev/vdd
mount /dev/vdb /mnt/fsync
mount /dev/vdc /mnt/btrfs
mount /dev/vdd /mnt/freeze
