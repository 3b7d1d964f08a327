#!/bin/sh
# btrfs snapshots made and deleted while files are written, directly and through an overlay. usage: snapshots.sh SECONDS
. "$(dirname "$0")/common.sh"
top=/mnt/btrfs
[ -d $top/files ] || btrfs -q subvolume create $top/files
mkdir -p $top/files/upper $top/files/work $top/files/lower /mnt/overlay
mountpoint -q /mnt/overlay ||
  mount -t overlay overlay -o "lowerdir=$top/files/lower,upperdir=$top/files/upper,workdir=$top/files/work" /mnt/overlay

write_files() {
  round=0
  while going; do
    round=$((round + 1))
    dd if=/dev/zero of="$1/data" bs=1M count=8 conv=fsync status=none
    i=0
    while [ $i -lt 50 ]; do
      echo "$round" >"$1/small$i"
      i=$((i + 1))
    done
    rm "$1"/small*
  done
}

mkdir -p $top/files/plain
write_files $top/files/plain &
jobs=$!
write_files /mnt/overlay &
jobs="$jobs $!"
i=0
while going; do
  btrfs -q subvolume snapshot $top/files "$top/snapshot$i"
  [ $i -lt 4 ] || btrfs -q subvolume delete "$top/snapshot$((i - 4))"
  i=$((i + 1))
done
wait_all $jobs
for snapshot in "$top"/snapshot*; do
  btrfs -q subvolume delete "$snapshot"
done
umount /mnt/overlay
