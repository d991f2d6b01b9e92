# The API against its own description: schemathesis makes requests up from the document that the server serves, right ones
# and wrong ones, one by one and along the links, and looks at every answer with all of its checks.
FUZZ_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/anchor-ci
# hypothesis makes the values: another version would make others of the same seed.
FUZZ_PACKAGES=(schemathesis==4.32.5 hypothesis==6.170.15)
FUZZ_VENV=$FUZZ_CACHE/${FUZZ_PACKAGES[0]/==/-}
FUZZ_SEED=${FUZZ_SEED:-1}
FUZZ_TOKEN=anc_fuzz_1f0c8a52d7b64e3990bb1d0a3c5e7f92

# Both runs together make 5,500 calls at least.

# Everybody may do everything here, so nothing can be said of proofs: the one check that is left to the run with tokens.
contract_fuzz_open() {
  fuzz_server AUTH=none
  fuzz 3500 --max-examples 50 --exclude-checks ignored_auth
}

contract_fuzz_with_tokens() {
  fuzz_server AUTH=token ADMIN_TOKEN_SHA256="$(printf %s "$FUZZ_TOKEN" | sha256sum | cut -d ' ' -f 1)"
  fuzz 2000 --max-examples 15 --header "Authorization: Bearer $FUZZ_TOKEN"
}

# fuzz_server <setting>...: the built server with its local cloud, from which nothing leaves this machine.
fuzz_server() {
  local ports
  mapfile -t ports < <(free_ports 4)
  FUZZ_URL=http://127.0.0.1:${ports[0]} FUZZ_CLOUD=http://127.0.0.1:${ports[1]} FUZZ_EDGE=http://127.0.0.1:${ports[3]}
  FUZZ_LOG=$WORK/fuzz-server-${ports[0]}.log
  # Its end is noted: nothing that is sent to it may bring one about.
  start "$FUZZ_LOG" bash -c '"$@"; echo "The server ended with $?"' with \
    env CLOUD=local DATA_DIR="$WORK/fuzz-${ports[0]}" PORT="${ports[0]}" LOCAL_CLOUD_PORT="${ports[1]}" \
    LOCAL_DNS_PORT="${ports[2]}" LOCAL_EDGE_PORT="${ports[3]}" RATE_LIMIT_PER_MINUTE=0 LOG_LEVEL=error \
    SERVER_FUNCTION_NAME=anchor-server IMAGE_FUNCTION_NAME=anchor-image \
    NODE_OPTIONS="--import=$ROOT/.ci/fuzz/loopback-only.mjs" "$@" node "$ROOT/dist/main.js"
  within 60 'the banner is printed' grep -q 'Roll back' "$FUZZ_LOG" || {
    cat "$FUZZ_LOG"
    return 1
  }
}

# fuzz <least number of calls> <option of schemathesis>...
fuzz() {
  local least=$1 status=0
  shift
  schemathesis_is_there
  echo "The seed is $FUZZ_SEED: FUZZ_SEED=$FUZZ_SEED ONLY=fuzz .ci/run makes the same requests again, as far as the ids that" \
    'the server gives out allow. Each failure comes with the curl command that shows it.'
  (
    cd "$WORK"
    FUZZ_SERVER=$FUZZ_URL FUZZ_TOKEN=$FUZZ_TOKEN FUZZ_DEMO=$(curl -s "$FUZZ_CLOUD/_local/demo") FUZZ_RECEIVER=$FUZZ_EDGE \
      FUZZ_TALLY=$WORK/fuzz-tally.json PYTHONPATH=$ROOT/.ci/fuzz PYTHONDONTWRITEBYTECODE=1 \
      "$FUZZ_VENV/bin/schemathesis" --config-file "$ROOT/.ci/fuzz/schemathesis.toml" run "$FUZZ_URL/openapi.json" \
      --checks all --seed "$FUZZ_SEED" --no-color "$@"
  ) || status=$?
  node "$ROOT/.ci/fuzz/tally.mjs" "$WORK/fuzz-tally.json" "$least" || status=1
  # What went wrong inside is in the log, and nothing else is.
  if grep -E '"level":(50|60)|^Error' "$FUZZ_LOG"; then status=1; fi
  expect 'the server afterwards' ok "$(curl -s --max-time 5 "$FUZZ_URL/healthz" | sed 's/.*"\(ok\)".*/\1/')" || status=1
  stop_started
  if ((status > 0)); then tail -n 40 "$FUZZ_LOG"; fi
  return "$status"
}

schemathesis_is_there() {
  [[ -x $FUZZ_VENV/bin/schemathesis ]] && return
  rm -rf "$FUZZ_VENV"
  mkdir -p "$FUZZ_CACHE"
  python3 -m venv "$FUZZ_VENV"
  "$FUZZ_VENV/bin/pip" install --quiet --disable-pip-version-check "${FUZZ_PACKAGES[@]}"
}
