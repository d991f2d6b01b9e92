/**
 * Another process on the same file: `<file> forever` creates and updates without end and prints
 * every write once it was acknowledged; `<file> add <times>` counts one shared item up.
 */
import { writeSync } from 'node:fs';
import { openConnection } from '../../../src/adapters/sqlite/sqlite-connection.ts';
import { SqliteTable } from '../../../src/adapters/sqlite/sqlite-table.ts';
import { THINGS } from '../../ports/things.ts';

const [file = '', mode, times = '0'] = process.argv.slice(2);
const table = new SqliteTable(openConnection(file), THINGS, () => 1_800_000_000_000);

if (mode === 'forever') {
  for (let i = 0; ; i++) {
    const thingId = `item-${Math.floor(i / 2)}`;
    if (i % 2 === 0) await table.create({ owner: 'child', thingId, revision: 1 });
    else await table.update({ owner: 'child', thingId }, { add: { revision: 1 } }, { equals: { revision: 1 } });
    // Synchronous, so that nothing is printed before it is true and nothing true waits in a buffer.
    writeSync(1, `${JSON.stringify({ thingId, revision: 1 + (i % 2) })}\n`);
  }
} else {
  const key = { owner: 'child', thingId: 'counter' };
  for (let i = 0; i < Number(times); i++) {
    await table.create({ ...key, revision: 0 });
    await table.update(key, { add: { count: 1 } });
  }
}
