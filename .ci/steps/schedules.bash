# What npm test does a little of, done thoroughly: random schedules, and a crash around every single call.

rollbacks_in_2000_schedules() {
  SIMULATION_SEEDS=2000 npx tap --disable-coverage --timeout=1200 test/simulation/rollback-simulation.test.ts
}

domains_in_50_schedules() {
  SEEDS=50 npx tap --disable-coverage --timeout=1200 test/operations/custom-domains-simulation.test.ts
}

domains_survive_every_crash() {
  CRASH_STRIDE=1 npx tap --disable-coverage --timeout=1200 test/operations/custom-domains-crash.test.ts
}
