import t from 'tap';
import { memoryPersistence } from '../../src/local-cloud/collection.ts';
import { LambdaState } from '../../src/local-cloud/lambda/lambda-state.ts';
import { DEFAULT_LOCAL_CLOUD } from '../../src/local-cloud/settings.ts';
import { functionsContract } from '../ports/functions-contract.ts';
import { tableContract } from '../ports/table-contract.ts';
import { SINGLES, THINGS } from '../ports/things.ts';
import { embeddedFunctions } from '../support/embedded-functions.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { simulate, type SimulationResult } from './rollback-simulation.ts';

const FILE = 'test/simulation/rollback-simulation.test.ts';
const { SEED, SIMULATION_SEEDS = '150', SIMULATION_FIRST_SEED = '1' } = process.env;

void t.test('the table in memory keeps the table contract', async (t) => {
  const clock = { nowMs: 1_800_000_000_000 };
  const now = () => clock.nowMs;
  await tableContract(t, { things: new MemoryTable(THINGS, now), singles: new MemoryTable(SINGLES, now), clock });
});

void t.test('the embedded Lambda without its wire keeps the functions contract', async (t) => {
  await functionsContract(t, async () => {
    let revisions = 0;
    const lambda = new LambdaState({
      persistence: memoryPersistence(), now: () => 1_000, settings: DEFAULT_LOCAL_CLOUD, random: () => 0.5,
      newRevisionId: () => `r${++revisions}`,
    });
    lambda.functions.create({
      name: 'site', role: 'arn:aws:iam::123456789012:role/site', runtime: 'nodejs22.x', handler: 'index.handler',
      code: { zip: new Uint8Array([0]) },
    });
    for (const build of ['1', '2']) {
      lambda.functions.updateConfiguration('site', { environment: { BUILD: build } });
      lambda.functions.publish('site');
    }
    lambda.aliases.create('site', 'live', { version: '2' });
    return {
      functions: embeddedFunctions(lambda, 'live'), functionName: 'site',
      putVersionInto: async (version, state, reason) => { lambda.functions.setState('site', version, state, reason); },
      provision: async (requested) => { lambda.provisioned.put('site', 'live', requested); },
    };
  });
});

void t.test('a seed gives the same schedule every time', async (t) => {
  const [one, other] = [await simulate(7, { traced: true }), await simulate(7, { traced: true })];
  t.ok(one.trace.length > 10);
  t.same(one, other);
});

void t.test('whatever befalls the servers, no invariant is broken', async (t) => {
  const first = SEED === undefined ? Number(SIMULATION_FIRST_SEED) : Number(SEED);
  const count = SEED === undefined ? Number(SIMULATION_SEEDS) : 1;
  const failures: SimulationResult[] = [];
  const startedAt = performance.now();
  const answers = { done: 0, definite: 0, open: 0 };
  let turns = 0;
  for (let seed = first; seed < first + count && failures.length < 10; seed++) {
    const result = await simulate(seed, { traced: SEED !== undefined });
    for (const { answer } of result.told) answers[answer] += 1;
    turns += result.turns;
    if (result.problems.length > 0) failures.push(result);
  }
  const perSecond = Math.round(count / (performance.now() - startedAt) * 1000);
  t.comment(`${count} seeds from ${first}, ${perSecond} a second; ${turns} turns; answers ${JSON.stringify(answers)}`);
  for (const { seed, problems, trace } of failures) {
    for (const line of trace) t.comment(line);
    t.fail(`seed ${seed}: ${problems.join('; ')} -- replay: SEED=${seed} npx tap ${FILE}`);
  }
  t.equal(failures.length, 0, `${count} seeds from ${first}`);
  const everyKind = answers.done > 0 && answers.definite > 0 && answers.open > 0;
  if (SEED === undefined) t.ok(everyKind, 'callers were told of every kind of end');
});
