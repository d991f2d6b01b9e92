# What the server relies on, asked of an implementation of AWS that is not our own.

moto_answers_as_checked_in() {
  local version port at
  version=$(node -p 'require("./test/conformance/moto.json").version')
  at=${XDG_CACHE_HOME:-$HOME/.cache}/anchor-ci/moto-$version
  # Another version answers otherwise, so not the one that may be installed already.
  if ! "$at/bin/moto_server" --help > /dev/null 2>&1; then
    rm -rf "$at"
    python3 -m venv "$at"
    "$at/bin/pip" install --quiet --disable-pip-version-check "moto[server]==$version"
  fi
  port=$(free_ports 1)
  MOTO_ACM_VALIDATION_WAIT=1 start "$WORK/conformance.log" "$at/bin/moto_server" -H 127.0.0.1 -p "$port"
  within 60 'moto answers' curl -s -o /dev/null "http://127.0.0.1:$port/moto-api/" || {
    cat "$WORK/conformance.log"
    return 1
  }
  # Functions are answered for without an engine that would run them.
  curl -s -o /dev/null -X POST -d '{"lambda": {"use_docker": false}}' "http://127.0.0.1:$port/moto-api/config"
  node --import=./scripts/typescript-loader.mjs test/conformance/against-moto.ts "http://127.0.0.1:$port"
}
