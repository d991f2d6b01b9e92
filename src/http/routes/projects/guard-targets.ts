import type { FastifyRequest } from 'fastify';
import { EVERY_PROJECT } from '../../../domain/grants.ts';
import { demandGrant } from '../../demand-grant.ts';

/** Whoever may set these could move the aliases, and take names off the distribution, of a project that is not theirs. */
const TARGETS = ['serverFunctionName', 'imageFunctionName', 'distributionId', 'distributionDomain', 'edge'] as const;

/** A `preValidation` hook: functions and distribution are the installation's to give. */
export async function guardTargets({ body, grants }: FastifyRequest): Promise<void> {
  if (typeof body !== 'object' || body === null) return;
  if (TARGETS.some((name) => Object.hasOwn(body, name))) demandGrant(grants, EVERY_PROJECT, 'admin');
}
