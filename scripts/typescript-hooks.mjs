/**
 * Takes the types off and remembers the result by the content of the file; types are checked by `npm run type-check`.
 * And leaves tap's following of promises out.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CACHE = new URL('../node_modules/.cache/typescript-loader/', import.meta.url);
/** What else the result depends on: another version of TypeScript or of this file begins anew. */
const VERSION = [new URL('../node_modules/typescript/package.json', import.meta.url), new URL(import.meta.url)]
  .map((url) => readFileSync(url, 'utf8')).join('\n');

const PLAIN_DOMAIN = new URL('./plain-domain.mjs', import.meta.url).href;

export async function resolve(specifier, context, nextResolve) {
  if (specifier === 'async-hook-domain') return { url: PLAIN_DOMAIN, shortCircuit: true };
  return nextResolve(specifier, context);
}

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return nextLoad(url, context);
  const source = readFileSync(new URL(url), 'utf8');
  const hash = createHash('sha256').update(VERSION).update(url).update(source).digest('hex');
  const cached = new URL(`${hash}.js`, CACHE);
  return { format: 'module', source: read(cached) ?? await write(cached, url, source), shortCircuit: true };
}

function read(cached) {
  try {
    return readFileSync(cached, 'utf8');
  } catch {
    return undefined;
  }
}

/** Other processes do the same at this moment: a file has its name only once it is whole. */
async function write(cached, url, source) {
  const code = await withoutTypes(url, source);
  mkdirSync(CACHE, { recursive: true });
  const unfinished = new URL(`${cached.href}.${process.pid}`);
  writeFileSync(unfinished, code);
  renameSync(unfinished, cached);
  return code;
}

async function withoutTypes(url, source) {
  const { default: ts } = await import('typescript');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true,
    // Coverage and stacks speak of the source.
    inlineSourceMap: true, inlineSources: true,
  };
  return ts.transpileModule(source, { fileName: fileURLToPath(url), compilerOptions }).outputText;
}
