import t from 'tap';
import { DomainWorld } from '../support/domain-world.ts';

void t.test('a domain goes live with one DNS record, and goes away again', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const view = await world.add(replica, 'shop.example.com');
  t.equal(view.status, 'pending_validation');
  world.setRecord(view);
  await world.until(t, replica, 'active', async () => await world.phase('shop.example.com') === 'active');
  await world.settle(t, replica);
  await world.checkTidy(t);
  console.log(replica.gate.calls.length);
  await replica.operations.removeDomain('p1', view.domainId);
  await world.until(t, replica, 'gone', async () => await world.phase('shop.example.com') === 'gone');
  await world.settle(t, replica);
  await world.checkTidy(t);
  t.same(replica.cloudErrors, []);
  console.log(await world.dump());
});
