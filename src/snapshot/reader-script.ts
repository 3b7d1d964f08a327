/**
 * What runs on the target: one shell that forks nothing, however much it reads, since a hung machine may be unable to
 * start a process. Its first line is the mark that its own lines begin with; it answers each further line:
 *
 * - `read N FOLDER FILE…`: the text of each file, after it `MARK N STATUS FILE`; then `MARK N end`.
 * - `list N PATTERN…`: the paths that match, one a line; then `MARK N end`.
 * - `scan N`: `TID PID STATE` for each thread that may be blocked, `MARK N at COUNT` now and then; then `MARK N end COUNT`.
 *
 * Traps: dash reads byte by byte, which is slow but takes the text that the kernel made at once. bash would go back in
 * the file after each line, and /proc then makes the text anew: there a file is read up to a byte that it does not have.
 * `scan` reads only what takes no sleeping lock in the kernel: the state and, of sleeping tasks, the function they are in.
 */
export const READER_SCRIPT = String.raw`LC_ALL=C
if [ "$BASH_VERSION" ]; then
  show() { { IFS= read -r -d "" text; printf "%s\n" "$text"; } <"$1"; }
  state() {
    IFS= read -r -N 80 text <"$1/status"
    case $text in *State:?D*) state=D;; *State:?R*) state=R;; *State:?S*) state=S;; *) return 1;; esac
  }
else
  show() { { while IFS= read -r text || [ "$text" ]; do printf "%s\n" "$text"; done; } <"$1"; }
  state() { while read -r key state _; do [ "$key" = State: ] && return; done <"$1/status"; return 1; }
fi
scan() {
  number=$1
  count=0
  for task in /proc/[0-9]*/task/[0-9]*; do
    count=$((count + 1))
    case $count in *000) echo "$mark $number at $count";; esac
    state "$task" || continue
    case $state in
    D|R) ;;
    S)
      read -r where <"$task/wchan"
      case $where in
      fuse_dev_*) continue;;
      *fuse*|request_wait_answer*|nfs*|rpc_*|__rpc_*|nlm*|v9fs*|p9_*|wait_for_response*|cifs*|smb*|ceph*|afs_*) ;;
      *lock_inode_wait*|fcntl_setlk*|do_lock_file_wait*) ;;
      *) continue;;
      esac;;
    *) continue;;
    esac
    IFS=/
    set -- $task
    IFS=$space
    echo "$5 $3 $state"
  done
  echo "$mark $number end $count"
}
space=$IFS
read -r mark
while read -r verb number folder files; do
  case $verb in
  read)
    for file in $files; do
      show "$folder/$file"
      printf "\n%s %s %s %s\n" "$mark" "$number" "$?" "$file"
    done
    echo "$mark $number end";;
  list)
    for path in $folder $files; do [ -e "$path" ] && echo "$path"; done
    echo "$mark $number end";;
  scan) scan "$number";;
  esac
done 2>/dev/null`;
