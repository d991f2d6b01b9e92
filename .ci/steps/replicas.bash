# Two replicas of the built server under load, each restarted in turn, while a webhook's receiver fails for a minute.
replicas_restarted_in_turn() {
  ROLLING_RESTARTS=2 BUILT_DIR=$ROOT/dist npx tap --disable-coverage --timeout=900 test/e2e/rolling-restart.test.ts
}
