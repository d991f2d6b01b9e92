# Swagger UI in Debian's chromium: what a person does there, and what the browser thinks of it.
BROWSER_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/anchor-ci
PLAYWRIGHT_PACKAGE=playwright-core@1.65.1
BROWSER_TOKEN=anc_browser_7d40c1b92e8f4a6d

# SWAGGER_SCREENSHOT=docs/swagger-ui.png writes the picture of the README anew.
swagger_ui_in_a_browser() {
  local ports log=$WORK/browser-server.log
  chromium_is_there
  playwright_is_there
  mapfile -t ports < <(free_ports 4)
  start "$log" env CLOUD=local AUTH=token ADMIN_TOKEN_SHA256="$(printf %s "$BROWSER_TOKEN" | sha256sum | cut -d ' ' -f 1)" \
    DATA_DIR="$WORK/browser-data" PORT="${ports[0]}" LOCAL_CLOUD_PORT="${ports[1]}" LOCAL_DNS_PORT="${ports[2]}" \
    LOCAL_EDGE_PORT="${ports[3]}" node "$ROOT/dist/main.js"
  within 60 'the banner is printed' grep -q 'Roll back' "$log" || {
    cat "$log"
    return 1
  }
  # A browser of its own: no settings, and no proxy for this machine.
  HOME=$WORK/browser-home PLAYWRIGHT=$BROWSER_CACHE/$PLAYWRIGHT_PACKAGE CHROMIUM=$(command -v chromium) \
    timeout 300 node "$ROOT/test/browser/swagger-ui.mjs" "http://127.0.0.1:${ports[0]}" "$BROWSER_TOKEN" \
    ${SWAGGER_SCREENSHOT:+"$SWAGGER_SCREENSHOT"}
  expect 'what is live' 1 "$(curl -s "http://127.0.0.1:${ports[1]}/2015-03-31/functions/anchor-server/aliases/live" | field FunctionVersion)"
}

chromium_is_there() {
  command -v chromium > /dev/null && return
  command -v apt-get > /dev/null || {
    echo 'There is no chromium here, and no apt-get to install it with: install it under the name chromium.'
    return 1
  }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends chromium > "$WORK/apt.log" 2>&1 || {
    cat "$WORK/apt.log"
    return 1
  }
}

playwright_is_there() {
  local folder=$BROWSER_CACHE/$PLAYWRIGHT_PACKAGE
  [[ -f $folder/node_modules/playwright-core/package.json ]] && return
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-audit --no-fund --silent "$PLAYWRIGHT_PACKAGE"
}
