# Processes of the steps. What a step starts outlives it, until stop_started.

# start <log> <command> [argument...]: in the background, as the head of a process group of its own.
start() {
  local log=$1
  shift
  set -m
  "$@" > "$log" 2>&1 < /dev/null &
  echo "$!" >> "$WORK/pids"
  set +m
}

# Ends all process groups that were started here, at first politely.
stop_started() {
  local pid
  [[ -f $WORK/pids ]] || return 0
  for signal in TERM KILL; do
    while read -r pid; do kill "-$signal" -- "-$pid" 2> /dev/null || true; done < "$WORK/pids"
    for _ in {1..50}; do
      none_runs && break 2
      sleep 0.1
    done
  done
  rm -f "$WORK/pids"
}

none_runs() {
  local pid
  while read -r pid; do
    if kill -0 -- "-$pid" 2> /dev/null; then return 1; fi
  done < "$WORK/pids"
}

# within <seconds> <what> <command> [argument...]: repeats the command until it succeeds.
within() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    if ((SECONDS >= end)); then
      echo "waited in vain until $what"
      return 1
    fi
    sleep 0.2
  done
}

# free_ports <count>: that many ports nobody listens on, each on a line.
free_ports() {
  node -e '
    const { createServer } = require("node:net");
    const servers = Array.from({ length: Number(process.argv[1]) }, () => createServer().listen(0, "127.0.0.1"));
    let open = 0;
    for (const server of servers) server.once("listening", () => {
      if (++open < servers.length) return;
      for (const each of servers) console.log(each.address().port);
      for (const each of servers) each.close();
    });
  ' "$1"
}

# expect <what> <expected> <actual>
expect() {
  if [[ $2 == "$3" ]]; then
    echo "ok: $1 is '$3'"
  else
    echo "NOT OK: $1 is '$3' instead of '$2'"
    return 1
  fi
}

# expect_part <what> <part> <text>
expect_part() {
  if [[ $3 == *"$2"* ]]; then
    echo "ok: $1 has '$2'"
  else
    printf "NOT OK: %s has no '%s':\n%s\n" "$1" "$2" "$3"
    return 1
  fi
}
