# The aws command line and moto, from PyPI when they are not there; and the built server.
VENV=$WORK/venv

prepare() {
  local missing=()
  command -v aws > /dev/null || missing+=(awscli)
  command -v moto_server > /dev/null || missing+=('moto[server]')
  if ((${#missing[@]} > 0)); then
    python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check "${missing[@]}"
  fi
  with_tools aws --version
  with_tools command -v moto_server
  npm run --silent build
}

with_tools() {
  PATH="$PATH:$VENV/bin" "$@"
}
