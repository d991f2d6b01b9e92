input_of_every_size() {
  BAD_INPUT=full npx tap --disable-coverage --timeout=300 test/http/limits.test.ts
}

forgeries_on_every_route() {
  GRANTS=full npx tap --disable-coverage --timeout=300 test/http/authorisation.test.ts
}
