# What somebody does who has just cloned the repository: the two commands, then the banner's commands pasted as they
# are. The real aws command line looks at the embedded cloud in between.
NEWCOMER=$WORK/newcomer

newcomer_starts() {
  git clone --quiet "$ROOT" "$NEWCOMER"
  free_ports 4 > "$WORK/ports"
  local ports
  mapfile -t ports < "$WORK/ports"
  # The default ports may be in use where this runs.
  export PORT=${ports[0]} LOCAL_CLOUD_PORT=${ports[1]} LOCAL_DNS_PORT=${ports[2]} LOCAL_EDGE_PORT=${ports[3]}
  export DATA_DIR=$WORK/newcomer-data
  start "$WORK/newcomer.log" bash -c "cd '$NEWCOMER' && npm ci && npm start"
  within 300 'the banner is printed' grep -q 'host: www.example.com' "$WORK/newcomer.log" || {
    cat "$WORK/newcomer.log"
    return 1
  }
  cat "$WORK/newcomer.log"
  expect 'the process' 'ok' "$(curl -s "http://127.0.0.1:$PORT/healthz" | field status)"
  expect 'its readiness' 'ok' "$(curl -s "http://127.0.0.1:$PORT/readyz" | field checks.worker)"
}

newcomer_rolls_back() {
  local looked older newer
  older=$(pasted 2 1 | field rolledBackTo)
  newer=$(pasted 2 2 | field rolledBackTo)

  looked=$(pasted 1)
  expect_part 'what is served' "$newer" "$looked"
  expect_part 'the alias' '"FunctionVersion":"2"' "$looked"

  expect 'the version rolled back to' 1 "$(pasted 2 1 | field newAliasVersion)"
  looked=$(pasted 1)
  expect_part 'what is served after the rollback' "$older" "$looked"
  expect_part 'the alias' '"FunctionVersion":"1"' "$looked"
  for function in anchor-server anchor-image; do
    expect "aws lambda get-alias of $function" 1 "$(live_version "$function")"
  done

  expect 'the version gone forward to' 2 "$(pasted 2 2 | field newAliasVersion)"
  expect_part 'what is served again' "$newer" "$(pasted 1)"
  expect 'aws lambda get-alias' 2 "$(live_version anchor-server)"
}

newcomer_brings_domain_live() {
  expect 'aws acm list-certificates before' 0 "$(certificates 'length(CertificateSummaryList)')"
  expect_part 'the record that was set' '_acm-validations' "$(pasted 3 | tr . _)"
  within 120 'the banner shows the domain active' domain_is_active
  expect_part 'what the new domain serves' '"deploymentId":"dep_' "$(pasted 4 2)"
  expect 'its alias in aws cloudfront get-distribution-config' www.example.com "$(distribution 'Aliases.Items[0]')"
  local arn
  arn=$(certificates 'CertificateSummaryList[0].CertificateArn')
  expect 'its certificate there' "$arn" "$(distribution ViewerCertificate.ACMCertificateArn)"
  expect 'that certificate in aws acm' ISSUED \
    "$(aws_local acm describe-certificate --certificate-arn "$arn" --query Certificate.Status)"
}

newcomer_deletes_domain() {
  local domains url
  domains=$(server_url)/projects/test/domains
  url=$domains/$(curl -s "$domains" | field 0.domainId)
  expect 'the answer to DELETE' 202 "$(curl -s -o "$WORK/deleted" -w '%{http_code}' -X DELETE "$url")"
  expect 'the status' deleting "$(field status < "$WORK/deleted")"
  within 120 'the domain is gone' is_gone "$url"
  expect 'the number of aliases' 0 "$(distribution Aliases.Quantity)"
  expect 'the use of the default certificate' True "$(distribution ViewerCertificate.CloudFrontDefaultCertificate)"
  expect 'aws acm list-certificates' 0 "$(certificates 'length(CertificateSummaryList)')"
}

# pasted <section> [<line>]: runs the commands of a numbered section of the banner, or one line of it, in a new shell.
pasted() {
  awk -v section="$1" -v wanted="${2:-}" '
    /^  [0-9]+\. / { at = $1 + 0; line = 0; next }
    at == section && /^     [^ ]/ { line++; if (wanted == "" || line == wanted) print }
  ' "$WORK/newcomer.log" > "$WORK/pasted"
  [[ -s $WORK/pasted ]]
  bash "$WORK/pasted"
}

domain_is_active() {
  [[ $(pasted 4 1 | field 0.status) == active ]]
}

is_gone() {
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$1") == 404 ]]
}

server_url() {
  sed -n 's/^  Anchor is ready at \([^ ]*\).*/\1/p' "$WORK/newcomer.log"
}

cloud_url() {
  sed -n 's/^  Embedded cloud \([^,]*\),.*/\1/p' "$WORK/newcomer.log"
}

# field <path>: reads JSON, answers what is at a.b.0.c.
field() {
  node -p 'const at = (value, name) => value?.[name]; String(process.argv[1].split(".").reduce(at, JSON.parse(require("fs").readFileSync(0))))' "$1"
}

aws_local() {
  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true \
    AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER='' \
    with_tools aws --endpoint-url "$(cloud_url)" --output text "$@"
}

live_version() {
  aws_local lambda get-alias --function-name "$1" --name live --query FunctionVersion
}

certificates() {
  aws_local acm list-certificates --query "$1"
}

distribution() {
  local id
  id=$(aws_local cloudfront list-distributions --query 'DistributionList.Items[0].Id')
  aws_local cloudfront get-distribution-config --id "$id" --query "DistributionConfig.$1"
}
