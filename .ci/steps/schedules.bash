# What npm test does a little of, done thoroughly: random schedules, and a crash around every single call.

rollbacks_in_2000_schedules() {
  SIMULATION_SEEDS=2000 npx tap --disable-coverage --timeout=1200 test/simulation/rollback-simulation.test.ts
}

domains_in_2000_schedules() {
  # One process for each core.
  local first running=() failed=0
  for first in 1 1001; do
    FIRST_SEED=$first SEEDS=1000 node --import=./scripts/typescript-loader.mjs \
      test/operations/custom-domains-simulation.test.ts > "$WORK/seeds-$first.tap" 2>&1 &
    running+=($!)
  done
  for first in "${running[@]}"; do wait "$first" || failed=1; done
  grep -h '^# {' "$WORK"/seeds-*.tap
  grep -h 'not ok' "$WORK"/seeds-*.tap | cut -c1-200 | head -20 || true
  return "$failed"
}

domains_come_to_rest_from_anywhere() {
  CONVERGENCE_RUNS=100 npx tap --disable-coverage --timeout=1200 test/operations/domain-convergence.test.ts
}

domains_survive_every_crash() {
  CRASH_STRIDE=1 npx tap --disable-coverage --timeout=1200 test/operations/custom-domains-crash.test.ts \
    test/operations/verify-domain.test.ts test/operations/pair-domains.test.ts test/operations/name-moves.test.ts
}

rollbacks_survive_every_crash() {
  CRASH_MATRIX=full npx tap --disable-coverage --timeout=600 test/operations/crash-matrix.test.ts \
    test/operations/follow-ups.test.ts test/http/idempotency-crash.test.ts
}

rollbacks_killed_ten_times() {
  ROLLBACK_KILLS=10 BUILT_DIR=$ROOT/dist npx tap --disable-coverage --timeout=600 test/e2e/rollback-killed.test.ts
}

rollbacks_beside_the_textbook() {
  # A machine that was busy with something else gets a second chance; the server gets no easier target.
  BENCH_RESULTS=$WORK/bench npm run --silent bench:rollback || BENCH_RESULTS=$WORK/bench npm run --silent bench:rollback
}

domains_at_100000() {
  BENCH_RESULTS=$WORK/bench npm run --silent bench:domains
}

events_survive_every_crash() {
  CRASH_MATRIX=full npx tap --disable-coverage --timeout=600 test/operations/events.test.ts test/operations/webhooks.test.ts
}
