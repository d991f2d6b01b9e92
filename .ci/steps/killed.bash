killed_ten_times() {
  KILLS=10 BUILT_DIR=$ROOT/dist npx tap --disable-coverage --timeout=600 test/e2e/killed.test.ts test/e2e/programs.test.ts
}
