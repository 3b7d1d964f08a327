#!/bin/sh
# Runs inside the tree once its packages are installed: compiles modules and drivers against exactly the kernel that was
# installed, makes keys and the initial ramdisk, and leaves what the host needs in /usr/lib/holdwait/out.
# usage: customize.sh KERNEL   (5.10, 6.1, 6.12, newest)
set -eu

KERNEL=$1
BASE=/usr/lib/holdwait
OUT=$BASE/out
mkdir -p "$OUT" "$BASE/bin" "$BASE/modules"

find_release() {
  set -- /boot/vmlinuz-*
  if [ $# -ne 1 ] || [ ! -e "$1" ]; then
    echo "expected one kernel in /boot, found: $*" >&2
    exit 1
  fi
  RELEASE=${1#/boot/vmlinuz-}
}

# A folder of modules may name the kernels it is for in a file "kernels"; on others it is skipped and that is recorded.
is_meant() {
  [ ! -e "$1/kernels" ] || grep -v '^#' "$1/kernels" | tr -s ' \t' '\n\n' | grep -qxF "$KERNEL"
}

build_modules() {
  : >"$OUT/modules.txt"
  for folder in "$BASE"/src/modules/*/; do
    [ -e "$folder/Kbuild" ] || [ -e "$folder/Makefile" ] || continue
    name=$(basename "$folder")
    if ! is_meant "$folder"; then
      echo "$name skipped" >>"$OUT/modules.txt"
      continue
    fi
    make -C "/lib/modules/$RELEASE/build" M="$folder" modules
    find "$folder" -name '*.ko' -exec cp {} "$BASE/modules/" \;
    echo "$name built" >>"$OUT/modules.txt"
  done
}

# All C files of a scenario's folder make one program, named after the folder, with what all of them share.
build_drivers() {
  common=$BASE/src/scenarios/common
  for folder in "$BASE"/src/scenarios/*/; do
    set -- "$folder"*.c
    [ -e "$1" ] && [ "$folder" != "$common/" ] || continue
    gcc -O2 -Wall -Wextra -pthread -o "$BASE/bin/$(basename "$folder")" "$@" "$common"/*.c
  done
}

make_keys() {
  rm -f /etc/ssh/ssh_host_*
  ssh-keygen -q -t ed25519 -N '' -C holdwait-lab-host -f /etc/ssh/ssh_host_ed25519_key
  ssh-keygen -q -t ed25519 -N '' -C holdwait-lab -f "$OUT/client_key"
  cp "$OUT/client_key.pub" "$BASE/authorized_keys"
  cp /etc/ssh/ssh_host_ed25519_key.pub "$OUT/host_key.pub"
  chmod 644 "$OUT"/*
}

list_initrd_modules() {
  grep -v '^#' "$BASE/image/initrd-modules.txt" | while read -r module; do
    modprobe -S "$RELEASE" --show-depends "$module" 2>/dev/null || true
  done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# Modules are unpacked here: the kernel's own decompression is several times slower on an emulated CPU than reading them.
make_initrd() {
  root=$(mktemp -d)
  gcc -O2 -Wall -static -o "$root/init" "$BASE/image/initrd.c"
  strip "$root/init"
  mkdir "$root/modules"
  list_initrd_modules | while read -r path; do
    name=$(basename "$path" | sed 's/\.[xg]z$//; s/\.zst$//')
    case $path in
      *.xz) xz -dc "$path" >"$root/modules/$name" ;;
      *.ko) cp "$path" "$root/modules/$name" ;;
      *) echo "$path: unknown compression" >&2; exit 1 ;;
    esac
    echo "/modules/$name" >>"$root/modules.list"
  done
  (cd "$root" && find . | cpio --quiet -o -H newc) >"$OUT/initrd"
  rm -rf "$root"
}

# Debian packs its kernels with xz: unpacking takes an emulated CPU three of its ten seconds of boot, QEMU none. QEMU starts
# the bare ELF file through its PVH entry; a kernel without one stays as it is.
take_kernel() {
  packed=/boot/vmlinuz-$RELEASE
  cp "$packed" "$OUT/vmlinuz"
  grep -q '^CONFIG_PVH=y' "/boot/config-$RELEASE" || return 0
  offset=$(LC_ALL=C grep -abo -m 1 "$(printf '\3757zXZ')" "$packed" | head -n 1 | cut -d: -f1)
  [ -n "$offset" ] || return 0
  tail -c "+$((offset + 1))" "$packed" | xz -dc --single-stream >"$OUT/vmlinux" || true
  if [ "$(head -c 4 "$OUT/vmlinux" | tail -c 3)" = ELF ]; then
    mv "$OUT/vmlinux" "$OUT/vmlinuz"
  else
    rm -f "$OUT/vmlinux"
  fi
}

record_versions() {
  dpkg-query -W -f '${Package} ${Version}\n' | sort >"$OUT/packages.txt"
  {
    echo "release $RELEASE"
    echo "compiler $(sed -n 's/^CONFIG_CC_VERSION_TEXT="\(.*\)"$/\1/p' "/boot/config-$RELEASE")"
    echo "bpftrace $(bpftrace --version | sed 's/^bpftrace //')"
    echo "memory-cgroup-v1 $(has_memory_cgroup_v1 && echo yes || echo no)"
  } >"$OUT/facts.txt"
}

# Until 6.10 the first version came with the controller itself; since then it is an option of its own.
has_memory_cgroup_v1() {
  config=/boot/config-$RELEASE
  grep -q '^CONFIG_MEMCG_V1=y' "$config" ||
    { grep -q '^CONFIG_MEMCG=y' "$config" && ! grep -q 'CONFIG_MEMCG_V1' "$config"; }
}

# The files came with the owner and the umask of whoever builds; sshd trusts no key in a folder of somebody else's.
own_files() {
  chown -R 0:0 "$BASE" /etc/apt/preferences.d
  chmod -R u=rwX,go=rX "$BASE" /etc/apt/preferences.d
}

own_files
find_release
build_modules
build_drivers
make_keys
make_initrd
record_versions
take_kernel
install -m 755 "$BASE/image/init" "$BASE/init"
install -m 644 "$BASE/image/sshd_config" /etc/ssh/sshd_config
rm -rf "$BASE/src" "$BASE/image" /boot/initrd.img* /var/cache/apt/archives/*.deb
