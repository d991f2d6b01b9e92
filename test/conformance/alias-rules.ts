import {
  CreateAliasCommand, DeleteAliasCommand, ListAliasesCommand, PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { ALIAS, changed, onSite, read, readAlias, shown, site, update, weights } from './lambda-site.ts';
import { answerTo } from './rule.ts';
import type { Chapter } from './rule.ts';

export const ALIAS_RULES: Chapter = { title: 'Lambda aliases', service: 'lambda', rules: [
  {
    name: 'alias-read', says: 'An alias is read with its version and a RevisionId.',
    operation: 'GetAlias', expected: 'version 1 with a RevisionId',
    probe: onSite((world) => answerTo(readAlias(world),
      ({ FunctionVersion, RevisionId }) => `version ${FunctionVersion} with${RevisionId ? ' a' : 'out'} RevisionId`)),
  },
  {
    name: 'alias-missing', says: 'An alias that is not there.',
    operation: 'GetAlias', expected: 'ResourceNotFoundException 404',
    probe: onSite((world) => answerTo(readAlias(world, 'other'))),
  },
  {
    name: 'alias-function-missing', says: 'An alias of a function that is not there.',
    operation: 'GetAlias', expected: 'ResourceNotFoundException 404',
    probe: (world) => answerTo(readAlias(world)),
  },
  {
    name: 'alias-moved', says: 'An update answers the whole alias, with a new RevisionId.',
    operation: 'UpdateAlias', expected: 'version 2 with a new RevisionId',
    probe: onSite(async (world) => {
      const { revisionId } = await read(world);
      return answerTo(update(world, { FunctionVersion: '2', RevisionId: revisionId, ...weights({}) }), (alias) =>
        `version ${alias.FunctionVersion} with ${alias.RevisionId === revisionId ? 'the old' : 'a new'} RevisionId`);
    }),
  },
  {
    name: 'alias-revision-stable', says: 'The RevisionId that an update answered is the one that is read next.',
    operation: 'GetAlias', expected: 'the same',
    probe: onSite(async (world) => {
      const { RevisionId } = await update(world, { FunctionVersion: '2' });
      return (await read(world)).revisionId === RevisionId ? 'the same' : 'another';
    }),
  },
  {
    name: 'alias-stale-revision', says: 'An update with the RevisionId of before somebody else\'s change is refused.',
    operation: 'UpdateAlias', expected: 'PreconditionFailedException 412',
    probe: onSite(async (world) => {
      const { revisionId } = await read(world);
      await update(world, { FunctionVersion: '2' });
      return answerTo(update(world, { FunctionVersion: '1', RevisionId: revisionId }));
    }),
  },
  {
    name: 'alias-stale-changes-nothing', says: 'What was refused for its RevisionId has changed nothing.',
    operation: 'UpdateAlias', expected: 'still on version 2', refuses: true,
    probe: onSite(async (world) => {
      const { revisionId } = await read(world);
      await update(world, { FunctionVersion: '2' });
      await answerTo(update(world, { FunctionVersion: '1', RevisionId: revisionId }));
      const { version } = await read(world);
      return `${version === '2' ? 'still' : 'now'} on version ${version}`;
    }),
  },
  {
    name: 'alias-version-missing', says: 'An alias is not moved to a version that is not there.',
    operation: 'UpdateAlias', expected: 'ResourceNotFoundException 404',
    probe: onSite((world) => answerTo(update(world, { FunctionVersion: '99' }))),
  },
  {
    name: 'alias-update-missing', says: 'An alias that is not there is not updated.',
    operation: 'UpdateAlias', expected: 'ResourceNotFoundException 404',
    probe: onSite((world) => answerTo(update(world, { Name: 'other', FunctionVersion: '1' }))),
  },
  {
    name: 'weights-kept', says: 'Weights are kept and read back.',
    operation: 'UpdateAlias', expected: '{"2":0.25}',
    probe: onSite(async (world) => {
      await update(world, weights({ 2: 0.25 }));
      return shown((await read(world)).weights);
    }),
  },
  {
    name: 'weights-left-out', says: 'An update that leaves the weights out leaves them as they were.',
    operation: 'UpdateAlias', expected: '{"2":0.25}', document: 'not settled',
    probe: onSite(async (world) => {
      await update(world, weights({ 2: 0.25 }));
      await update(world, { Description: 'something else' });
      return shown((await read(world)).weights);
    }),
  },
  {
    name: 'weights-cleared', says: 'An update with no weights in it takes them away.',
    operation: 'UpdateAlias', expected: '{}',
    probe: onSite(async (world) => {
      await update(world, weights({ 2: 0.25 }));
      await update(world, { FunctionVersion: '2', ...weights({}) });
      return shown((await read(world)).weights);
    }),
  },
  {
    name: 'weights-two', says: 'There is one additional version at most.',
    operation: 'UpdateAlias', expected: 'InvalidParameterValueException 400', document: 'weighted aliases',
    probe: onSite(async (world) => {
      await changed(world);
      await world.lambda.send(new PublishVersionCommand({ FunctionName: world.id }));
      return answerTo(update(world, weights({ 2: 0.1, 3: 0.1 })));
    }),
  },
  {
    name: 'weights-version-missing', says: 'The additional version has to be there.',
    operation: 'UpdateAlias', expected: 'ResourceNotFoundException 404',
    probe: onSite((world) => answerTo(update(world, weights({ 99: 0.1 })))),
  },
  {
    name: 'weights-of-latest', says: 'An alias of $LATEST has no weights.',
    operation: 'UpdateAlias', expected: 'InvalidParameterValueException 400', document: 'weighted aliases',
    probe: onSite((world) => answerTo(update(world, { FunctionVersion: '$LATEST', ...weights({ 2: 0.1 }) }))),
  },
  {
    name: 'weights-roles', says: 'Both versions have the same execution role.',
    operation: 'UpdateAlias', expected: 'InvalidParameterValueException 400', document: 'weighted aliases',
    probe: async (world) => {
      await site(world, await world.role('other'));
      return answerTo(update(world, weights({ 2: 0.1 })));
    },
  },
  {
    name: 'weight-above-one', says: 'A weight is at most 1.',
    operation: 'UpdateAlias', expected: 'ValidationException 400', document: 'lambda errors',
    probe: onSite((world) => answerTo(update(world, weights({ 2: 1.5 })))),
  },
  {
    name: 'alias-twice', says: 'An alias is not created over another.',
    operation: 'CreateAlias', expected: 'ResourceConflictException 409',
    probe: onSite(async (world) => {
      const again = { FunctionName: world.id, Name: ALIAS, FunctionVersion: '2' };
      return answerTo(world.lambda.send(new CreateAliasCommand(again)));
    }),
  },
  {
    name: 'alias-numeric-name', says: 'The name of an alias is no number.',
    operation: 'CreateAlias', expected: 'ValidationException 400', document: 'lambda errors',
    probe: onSite(async (world) => {
      const numeric = { FunctionName: world.id, Name: '7', FunctionVersion: '2' };
      return answerTo(world.lambda.send(new CreateAliasCommand(numeric)));
    }),
  },
  {
    name: 'alias-listed', says: 'The aliases of one version are listed.',
    operation: 'ListAliases', expected: 'live',
    probe: onSite(async (world) => {
      await world.lambda.send(new CreateAliasCommand({ FunctionName: world.id, Name: 'next', FunctionVersion: '2' }));
      return answerTo(world.lambda.send(new ListAliasesCommand({ FunctionName: world.id, FunctionVersion: '1' })),
        ({ Aliases = [] }) => Aliases.map(({ Name }) => Name).join());
    }),
  },
  {
    name: 'alias-deleted-twice', says: 'An alias that is gone is deleted once more without complaint.',
    operation: 'DeleteAlias', expected: 'ok',
    probe: onSite(async (world) => {
      const command = () => new DeleteAliasCommand({ FunctionName: world.id, Name: ALIAS });
      await world.lambda.send(command());
      return answerTo(world.lambda.send(command()));
    }),
  },
] };
