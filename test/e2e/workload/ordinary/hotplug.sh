#!/bin/sh
# Takes CPU 1 away and back beside what waits for the set of CPUs. usage: hotplug.sh SECONDS
. "$(dirname "$0")/common.sh"
cpu=/sys/devices/system/cpu/cpu1/online
trap 'echo 1 >$cpu' EXIT

until_end "$here/seal-memfds" &
jobs=$!
# A mount allocates per-CPU counters.
(
  mkdir -p /mnt/counters
  while going; do
    mount -t tmpfs none /mnt/counters
    umount /mnt/counters
  done
) &
jobs="$jobs $!"
while going; do
  echo 0 >$cpu
  echo 1 >$cpu
  sleep 0.2
done
wait_all $jobs
