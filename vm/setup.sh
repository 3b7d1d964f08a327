#!/bin/sh
# Installs what holdwait needs on this machine, if it is missing: Debian packages (vm/deps/debian.txt), then
# node_modules. Says what it will install before it does, and does nothing the second time.
# usage: setup.sh [--tests]      --tests: also what only the tests need
set -eu

cd "$(dirname "$0")/.."
LIST=vm/deps/debian.txt
SECTIONS='lab build'
case "${1-}" in
  '') ;;
  --tests) SECTIONS="$SECTIONS test" ;;
  *) echo "usage: $0 [--tests]" >&2; exit 2 ;;
esac

list_packages() {
  for section in $SECTIONS; do
    sed -n "/^\[$section\]/,/^\[/s/^\([a-z0-9][a-z0-9.+-]*\) .*/\1/p" "$LIST"
  done
}

list_missing() {
  present=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null | sed -n 's/ installed$//p')
  for package in $PACKAGES; do
    printf '%s\n' "$present" | grep -qxF "$package" || printf '%s\n' "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "holdwait: installing packages takes root, and there is no sudo. As root: apt-get install" $MISSING >&2
    exit 1
  fi
}

# Debian starts a service as soon as it is installed, unless this file forbids it.
forbid_services() {
  POLICY=/usr/sbin/policy-rc.d
  [ ! -e "$POLICY" ] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
  trap 'as_root rm -f "$POLICY"' EXIT
  trap 'exit 130' INT TERM
}

install_packages() {
  echo "holdwait: installing Debian packages:" $MISSING >&2
  forbid_services
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $MISSING
  case " $MISSING " in
    *openssh-server*) keep_sshd_off ;;
  esac
}

# The tests start the program themselves; a machine that had no SSH server is not given one.
keep_sshd_off() {
  [ -d /run/systemd/system ] || return 0
  as_root systemctl disable --now ssh.service ssh.socket 2>/dev/null || true
}

ensure_packages() {
  PACKAGES=$(list_packages)
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "holdwait: this is not a Debian system. Install what these Debian packages contain, then run: npm install" >&2
    printf '  %s\n' $PACKAGES >&2
    exit 1
  fi
  MISSING=$(list_missing | tr '\n' ' ')
  [ -z "$MISSING" ] || install_packages
}

# Ubuntu has Chromium as a snap only, which cannot read what the tests write: without it those tests are skipped.
ensure_browser() {
  SECTIONS=browser
  PACKAGES=$(list_packages)
  MISSING=$(list_missing | tr '\n' ' ')
  [ -n "$MISSING" ] || return 0
  ! apt-cache show $MISSING >/dev/null 2>&1 || install_packages
  [ -z "$(list_missing)" ] ||
    echo "holdwait: no ${MISSING}in this archive: tests of the report page are skipped, unless HOLDWAIT_BROWSER names a Chromium" >&2
}

# Not "npm ci": that demands a lock entry for every platform's variant of a tool, and not every registry carries all of
# them. The versions still come from package-lock.json. The stamp is taken away first: an interrupted install is repeated.
ensure_node_modules() {
  stamp=node_modules/.holdwait-lock
  cmp -s package-lock.json "$stamp" && return 0
  rm -f "$stamp"
  echo "holdwait: installing node_modules (npm install)" >&2
  npm install --no-save --no-audit --no-fund
  cp package-lock.json "$stamp"
}

ensure_packages
[ "${1-}" != --tests ] || ensure_browser
ensure_node_modules
