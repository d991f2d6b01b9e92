# infra/ without an AWS account: the templates looked through by cfn-lint, their roles compared with what AWS knows,
# both deployed on moto with the guide's own commands, and the image run as the task definition says.
INFRA_TOOLS=${XDG_CACHE_HOME:-$HOME/.cache}/anchor-ci/infra-tools-1

templates_are_sound() {
  infra_tools
  "$INFRA_TOOLS/bin/cfn-lint" infra/*.yaml
  echo 'ok: cfn-lint finds nothing'
  "$INFRA_TOOLS/bin/python" .ci/iam-resources.py infra/service.yaml
}

infra_tools() {
  [[ -e $INFRA_TOOLS/whole ]] && return
  rm -rf "$INFRA_TOOLS"
  python3 -m venv "$INFRA_TOOLS"
  "$INFRA_TOOLS/bin/pip" install --quiet --disable-pip-version-check cfn-lint==1.58.0 policy-sentry==0.15.2
  touch "$INFRA_TOOLS/whole"
}

templates_deployed_on_moto() {
  local port moto account=123456789012 region=eu-central-1
  port=$(free_ports 1)
  moto=http://127.0.0.1:$port
  start "$WORK/infra-moto.log" with_tools env MOTO_ACM_VALIDATION_WAIT=1 moto_server -H 127.0.0.1 -p "$port"
  within 60 'moto answers' curl -s -o /dev/null "$moto/moto-api/" || {
    cat "$WORK/infra-moto.log"
    return 1
  }
  export AWS_ENDPOINT_URL=$moto AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=$region
  PATH=$PATH:$VENV/bin
  local vpc subnets image certificate token cluster
  vpc=$(aws ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text)
  subnets=$(aws ec2 describe-subnets --query 'join(`,`, Subnets[:2].SubnetId)' --output text)
  image=registry.example/anchor@sha256:$(printf '5%.0s' {1..64})
  certificate=$(aws acm request-certificate --domain-name anchor.example.com --validation-method DNS \
    --query CertificateArn --output text)

  eval "$(guide_block '2. The tables')"
  eval "$(guide_block '4. The service' | sed -E "s/vpc-0[0-9a-f]+/$vpc/; s/(SubnetIds=)[^ ]+/\1$subnets/")"
  [[ -e $IMAGE/final ]] || node .ci/dockerfile-stages.mjs Dockerfile "$IMAGE"
  expect 'tables that npm run tables would still make' 'created: none' "$(tables_as_the_task_names_them | head -1)"
  cluster=$(aws ecs list-clusters --query 'clusterArns[0]' --output text)
  expect 'tasks wanted of the service' 2 "$(aws ecs describe-services --cluster "$cluster" --query 'services[0].desiredCount' \
    --services "$(aws ecs list-services --cluster "$cluster" --query 'serviceArns[0]' --output text)" --output text)"
  image_as_the_task_runs_it "$token"
}

# As ECS would run it: its environment, its user, nothing that can be written to. The endpoints alone are ours.
image_as_the_task_runs_it() {
  local token=$1 port api server answer
  chmod 711 "$WORK"
  task_environment > "$WORK/task-environment"
  if answer=$(as_the_task touch /tmp/written "$IMAGE/final/app/written" 2>&1); then
    echo 'NOT OK: the file system can be written to'
    return 1
  fi
  expect_part 'an attempt to write' 'Read-only file system' "$answer"
  if ((EUID == 0)); then expect 'the user' '1000 1000' "$(as_the_task sh -c 'echo $(id -u) $(id -G)')"; fi

  port=$(free_ports 1)
  start "$WORK/infra-server.log" as_the_task env -i PATH="$PATH" bash -c \
    'source "$1"; source "$2"; cd "$3"; export HOST=127.0.0.1 PORT=$4 AWS_ENDPOINT_URL=$5 AWS_ENDPOINT_URL_DYNAMODB=$5
      ADMIN_TOKEN_SHA256=$6 exec bash "$7"' server "$IMAGE/env" "$WORK/task-environment" "$IMAGE/final/app" "$port" "$AWS_ENDPOINT_URL" \
    "$(printf %s "$token" | sha256sum | cut -d ' ' -f 1)" "$IMAGE/cmd"
  server=$(tail -1 "$WORK/pids")
  api=http://127.0.0.1:$port
  within 60 'the task is ready' curl -sf -o /dev/null "$api/readyz" || {
    cat "$WORK/infra-server.log"
    return 1
  }
  echo 'ok: the task is ready'
  expect 'an answer to somebody without a token' 401 "$(curl -s -o /dev/null -w '%{http_code}' "$api/projects")"
  answer=$(eval "$(guide_block '6. Tokens for people and pipelines' | sed '/^api=/d')")
  expect_part 'the first token of a person' '"token":"anc_' "$answer"
  answer=$(eval "$(guide_block '6. Tokens for people and pipelines' | grep '^call()')
    $(guide_block '7. The first project and domain')")
  expect_part 'the first deployment' '"deploymentId":"dep_' "$answer"
  expect_part 'the first domain' '"recordName":"_' "$answer"

  kill -TERM -- "-$server"
  within 5 'the task is no longer ready' not_ready "$api"
  echo 'ok: after SIGTERM the task says that it is not ready'
  within 30 'the task has ended by itself' ended "$server"
  echo 'ok: it ends before ECS would kill it'
}

# guide_block <heading>: the first block of commands under a heading of the guide.
guide_block() {
  awk -v heading="### $1" '$0 == heading { under = 1 } under && /^```$/ { exit } open; under && /^```sh$/ { open = 1 }' docs/operations.md
}

task_environment() {
  aws ecs describe-task-definition --task-definition anchor-server \
    --query 'taskDefinition.containerDefinitions[0].environment[].[name, value]' --output json |
    node -e '
      const quoted = (word) => `\x27${word.replaceAll("\x27", "\x27\\\x27\x27")}\x27`;
      for (const [name, value] of JSON.parse(require("fs").readFileSync(0))) console.log(`export ${name}=${quoted(value)}`);
    '
}

tables_as_the_task_names_them() {
  (source <(task_environment) && AWS_ENDPOINT_URL_DYNAMODB=$AWS_ENDPOINT_URL node "$IMAGE/final/app/dist/bin/tables.js")
}

# as_the_task <command> [argument...]: in a mount namespace in which nothing can be written, as the user of the image.
as_the_task() {
  local namespace=(unshare --mount) user=(--reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --bounding-set=-all)
  if ((EUID != 0)); then
    namespace=(unshare --map-root-user --mount)
    user=()
  fi
  "${namespace[@]}" bash -ec '
    mount --make-rprivate /
    while read -r _ _ _ _ point _; do
      case $point in /proc* | /sys* | /dev*) ;; *) mount -o remount,ro,bind "$point" ;; esac
    done < /proc/self/mountinfo
    exec setpriv --no-new-privs "$@"' task "${user[@]}" -- "$@"
}

not_ready() {
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$1/readyz") == 503 ]]
}

ended() {
  ! kill -0 -- "-$1" 2> /dev/null
}
