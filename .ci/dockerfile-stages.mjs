/**
 * `node .ci/dockerfile-stages.mjs <Dockerfile> <folder>`: carries a Dockerfile's stages out in folders, without an
 * engine and without its base images. Knows what our Dockerfile uses: FROM, WORKDIR, COPY, ENV, RUN (npm only; others
 * are named and left out), HEALTHCHECK and CMD. Writes the last stage to `<folder>/final`, and beside it `env`, `cmd`
 * and `healthcheck` as bash scripts.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [dockerfile, folder] = process.argv.slice(2);
const instructions = readFileSync(dockerfile, 'utf8')
  .split('\n').filter((line) => !line.trimStart().startsWith('#')).join('\n')
  .replaceAll(/\\\n/g, ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '')
  .map((line) => /^(\S+)\s+(.*)$/.exec(line).slice(1));

let stage;
for (const [name, rest] of instructions) {
  if (name === 'FROM') {
    const as = / AS (\S+)$/i.exec(rest)?.[1] ?? 'last';
    stage = { root: join(folder, as), workdir: '/', env: {}, cmd: undefined, healthcheck: undefined };
    mkdirSync(stage.root, { recursive: true });
    console.log(`stage ${as}`);
  } else if (name === 'WORKDIR') {
    stage.workdir = rest;
    mkdirSync(join(stage.root, rest), { recursive: true });
  } else if (name === 'COPY') copy(rest.split(/\s+/));
  else if (name === 'RUN') run(rest);
  else if (name === 'ENV') for (const [, key, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value;
  else if (name === 'CMD') stage.cmd = argv(rest);
  else if (name === 'HEALTHCHECK') stage.healthcheck = argv(rest.slice(rest.indexOf('CMD ') + 4));
}
renameSync(stage.root, join(folder, 'final'));
writeFileSync(join(folder, 'env'), Object.entries(stage.env).map(([key, value]) => `export ${key}=${quoted(value)}\n`).join(''));
writeFileSync(join(folder, 'cmd'), `exec ${stage.cmd.map(quoted).join(' ')}\n`);
writeFileSync(join(folder, 'healthcheck'), `exec ${stage.healthcheck.map(quoted).join(' ')}\n`);

function copy(words) {
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.pop();
  for (const path of paths) {
    const source = from === undefined ? path : join(folder, from, path);
    const into = join(stage.root, target.startsWith('/') ? target : join(stage.workdir, target));
    const isFolder = statSync(source).isDirectory();
    cpSync(source, isFolder || !target.endsWith('/') ? into : join(into, basename(path)), { recursive: true, verbatimSymlinks: true });
  }
}

function run(command) {
  if (!command.startsWith('npm ')) {
    console.log(`left out: RUN ${command}`);
    return;
  }
  console.log(`RUN ${command}`);
  const { status } = spawnSync('bash', ['-ec', command], { cwd: join(stage.root, stage.workdir), stdio: 'inherit' });
  if (status !== 0) throw new Error(`'${command}' ended with ${status}`);
}

function argv(text) {
  const words = JSON.parse(text);
  if (!Array.isArray(words)) throw new Error(`not the JSON form: ${text}`);
  return words;
}

function quoted(word) {
  return `'${word.replaceAll('\'', '\'\\\'\'')}'`;
}
