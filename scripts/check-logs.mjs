/**
 * `node scripts/check-logs.mjs <folder> [least lines]`: fails when a secret is found in the logs that a run of the tests has
 * gathered there, or when less was gathered than there must have been. Says where it is, and not what it is.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whatever it stands in. What was taken out reads `[redacted]`. */
const FORMS = {
  'a token of this server': /\banc_[A-Za-z0-9]{1,64}_[0-9a-f]{16,}/,
  'a secret of a webhook': /\bwhsec_[A-Za-z0-9+/]{16,}/,
  'a JWT': /\beyJ[\w-]{8,}\.[\w-]{8,}/,
  'an Authorization header': /\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?!\[redacted\]|bearer )[^\s"'\\,}]{3,}/i,
  'a bearer token': /\bbearer (?!\[redacted\]|\$)[^\s"\\]{8,}/i,
  'a key of AWS': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\baws_?secret_?access_?key\W+[^\s"'\\]{8,}/i,
  'a security token of AWS': /\bx-amz-security-token\\?["']?\s*[:=]\s*\\?["']?(?!\[redacted\])[^\s"'\\,}]{3,}/i,
};

const [folder = '', least = '0'] = process.argv.slice(2);
const files = readdirSync(folder).filter((name) => name.endsWith('.log'));
const known = readdirSync(folder).includes('secrets')
  ? readFileSync(join(folder, 'secrets'), 'utf8').split('\n').filter((secret) => secret !== '') : [];

let lines = 0;
const found = [];
for (const name of files) {
  for (const [index, line] of readFileSync(join(folder, name), 'utf8').split('\n').entries()) {
    if (line === '') continue;
    lines += 1;
    const kinds = Object.entries(FORMS).filter(([, form]) => form.test(line)).map(([kind]) => kind);
    if (known.some((secret) => line.includes(secret))) kinds.push('a secret that a test knows');
    if (kinds.length > 0) found.push(`${join(folder, name)}:${index + 1} has ${kinds.join(' and ')}`);
  }
}
for (const each of found.slice(0, 20)) console.log(`NOT OK ${each}`);
const enough = lines >= Number(least);
const clean = found.length === 0;
console.log(`${clean && enough ? 'ok    ' : 'NOT OK'} secrets in the logs: ${found.length} in ${lines} lines, of ${known.length} known `
  + `and of ${Object.keys(FORMS).length} forms, in at least ${least} lines`);
process.exitCode = clean && enough ? 0 : 1;
