/**
 * `node --import=./scripts/typescript-loader.mjs src/main.ts`: runs TypeScript, for tests only. Each of tap's files is a
 * process that would otherwise take the types off the whole source again.
 */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
