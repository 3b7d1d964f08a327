#!/bin/sh
# Runs loads side by side and fails if one of them does. usage: mix.sh SECONDS LOAD...
set -eu
here=$(dirname "$0") seconds=$1
shift
children=
for load in "$@"; do
  sh "$here/$load.sh" "$seconds" &
  children="$children $!:$load"
done
status=0
for child in $children; do
  wait "${child%%:*}" || { echo "${child#*:} failed" >&2; status=1; }
done
exit $status
