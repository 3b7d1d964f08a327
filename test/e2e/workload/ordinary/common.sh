# Sourced by each load: SECONDS is its argument.
set -eu
here=$(dirname "$0")
read -r uptime _ </proc/uptime
end=$((${uptime%.*} + $1))

# Whether there is time left.
going() {
  read -r uptime _ </proc/uptime
  [ "${uptime%.*}" -lt "$end" ]
}

# Runs a command for the rest of the time, then ends it.
until_end() {
  read -r uptime _ </proc/uptime
  left=$((end - ${uptime%.*}))
  status=0
  [ "$left" -le 0 ] || timeout "$left" "$@" || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 124 ]
}

# Waits for background jobs and fails if one did.
wait_all() {
  failed=0
  for job in "$@"; do
    wait "$job" || failed=1
  done
  return $failed
}

# Makes a memory cgroup with a limit and moves this shell into it. usage: enter_cgroup NAME BYTES
enter_cgroup() {
  if [ -d /sys/fs/cgroup/memory ]; then
    group=/sys/fs/cgroup/memory/$1 limit=memory.limit_in_bytes
  else
    group=/sys/fs/cgroup/$1 limit=memory.max
    echo +memory >/sys/fs/cgroup/cgroup.subtree_control
  fi
  mkdir -p "$group"
  echo "$2" >"$group/$limit"
  echo 0 >"$group/cgroup.procs"
}
