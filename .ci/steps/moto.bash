# An implementation of DynamoDB that is not our own and not a fixture.

moto_is_the_store() {
  local port
  port=$(free_ports 1)
  start "$WORK/moto.log" with_tools moto_server -H 127.0.0.1 -p "$port"
  within 60 'moto answers' curl -s -o /dev/null "http://127.0.0.1:$port/moto-api/" || {
    cat "$WORK/moto.log"
    return 1
  }
  DYNAMODB_ENDPOINT=http://127.0.0.1:$port \
    DYNAMODB_NO_RACES_BECAUSE='moto lets two conditional writes at the same time both win now and then' \
    npx tap --disable-coverage --jobs=1 test/adapters/dynamodb test/e2e/main-job.test.ts test/e2e/two-servers.test.ts
}
