#!/bin/sh
# Builds kernel modules against the running kernel's headers, from nothing each time. usage: build.sh SECONDS
. "$(dirname "$0")/common.sh"
kernel=/lib/modules/$(uname -r)/build
work=/mnt/fsync/build
enter_cgroup build 400M
mkdir -p "$work"
: >"$work/Makefile"
for i in 1 2 3 4; do
  echo "obj-m += empty$i.o" >>"$work/Makefile"
  printf '#include <linux/module.h>\n#include <linux/fs.h>\nint number%s = %s;\nMODULE_LICENSE("GPL");\n' "$i" "$i" >"$work/empty$i.c"
done
while going; do
  until_end make -s -C "$kernel" M="$work" -j2 modules
  until_end make -s -C "$kernel" M="$work" clean
done
