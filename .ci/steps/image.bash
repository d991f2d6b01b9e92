# The Dockerfile's stages in plain folders, for want of an engine: the same files copied, the same npm commands, the
# same environment, start and health check.
IMAGE=$WORK/image

image_without_engine() {
  local app=$IMAGE/final/app output port
  node .ci/dockerfile-stages.mjs Dockerfile "$IMAGE"
  if [[ -e $app/node_modules/typescript || -e $app/node_modules/tap ]]; then
    echo 'NOT OK: development dependencies are in the image'
    return 1
  fi
  touch "$IMAGE/before"

  if output=$(in_image bash "$IMAGE/cmd" 2>&1); then
    echo 'NOT OK: the image starts without any configuration'
    return 1
  fi
  expect_part 'the refusal to start without configuration' 'AWS_REGION is missing' "$output"

  port=$(free_ports 1)
  start "$WORK/image.log" in_image env CLOUD=local HOST=127.0.0.1 PORT="$port" DATA_DIR="$IMAGE/data" \
    LOCAL_CLOUD_PORT=0 LOCAL_DNS_PORT=0 LOCAL_EDGE_PORT=0 bash "$IMAGE/cmd"
  within 60 'the health check passes' healthy "$port" || {
    cat "$WORK/image.log"
    return 1
  }
  echo 'ok: the health check passes'
  if healthy "$(free_ports 1)"; then
    echo 'NOT OK: the health check passes where nothing runs'
    return 1
  fi
  echo 'ok: the health check fails where nothing runs'
  expect 'what the server has written into its image' '' "$(find "$app" -newer "$IMAGE/before" -print)"
}

# Of the same lockfile, the same files to the byte.
image_is_reproducible() {
  [[ -e $IMAGE/final ]] || node .ci/dockerfile-stages.mjs Dockerfile "$IMAGE"
  node .ci/dockerfile-stages.mjs Dockerfile "$WORK/image-again"
  expect 'what is different in a second image' '' "$(diff -rq "$IMAGE/final" "$WORK/image-again/final")"
  expect 'what is different in its links' '' "$(diff <(links_in "$IMAGE/final") <(links_in "$WORK/image-again/final"))"
}

links_in() {
  (cd "$1" && find . -type l -printf '%p %l\n' | sort)
}

healthy() {
  (in_image env PORT="$1" bash "$IMAGE/healthcheck")
}

# In the image's folder, with the image's environment and nothing of this one's but the way to node.
in_image() {
  cd "$IMAGE/final/app"
  env -i PATH="$PATH" bash -c 'source "$0"; exec "$@"' "$IMAGE/env" "$@"
}
