#!/bin/sh
# More memory wanted than there is: in a memory cgroup first half of the time, then on the whole machine. usage: pressure.sh SECONDS
. "$(dirname "$0")/common.sh"
folder=/mnt/fsync
half=$((end - $1 / 2))

# Dirty page cache that never fits beside the anonymous memory. usage: dirty_cache FILE MIB
dirty_cache() {
  while going; do
    dd if=/dev/zero of="$folder/$1" bs=1M count="$2" status=none
    dd if="$folder/$1" of=/dev/null bs=1M status=none
  done
}

# A subshell has an end of its own.
in_cgroup() (
  end=$half
  enter_cgroup pressure 64M
  until_end "$here/touch-memory" 32 &
  jobs=$!
  dirty_cache cached1 48 &
  jobs="$jobs $!"
  dirty_cache cached2 48 &
  wait_all $jobs $!
)

on_machine() {
  # No swap: what is left for the page cache is little, and the allocations of all other loads have to reclaim it.
  available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  until_end "$here/touch-memory" $((available - 200)) &
  jobs=$!
  dirty_cache cached1 150 &
  wait_all $jobs $!
}

in_cgroup
on_machine
