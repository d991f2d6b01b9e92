import Database from 'libsql';
import { openSqliteStores } from '../src/adapters/sqlite/sqlite-stores.ts';
import type { CustomDomain } from '../src/domain/custom-domain.ts';
import type { Hostname } from '../src/domain/hostname.ts';
import { dueShardOf, type Stores } from '../src/ports/stores.ts';
import { arnOf } from './stand-in-aws.ts';

export const DISTRIBUTION = 'E1';
const PROJECT = 'prj_1';
/** Older than six hours: looked at every fifteen minutes. */
const AGE_MS = 7 * 3_600_000;

export interface StoreCounts {
  /** Calls by table and method, e.g. `domains.get`. */
  readonly calls: Record<string, number>;
  /** Items that queries answered, by table. */
  readonly items: Record<string, number>;
}

/** So many domains, the first `pending` of which wait for their validation and are due by `now`; the rest are active. */
export function seedStore(file: string, domains: number, pending: number, now: number): void {
  openSqliteStores({ file, now: () => now }).close();
  const connection = new Database(file);
  const insert = connection.prepare('INSERT INTO domains (domainId, "#document") VALUES (?, ?)');
  connection.exec('BEGIN');
  for (let index = 0; index < domains; index++) {
    const domain = index < pending ? waiting(index, now) : active(index, now);
    insert.run(domain.domainId, JSON.stringify(domain, Object.keys(domain).concat('name', 'type', 'value').sort()));
  }
  connection.exec('COMMIT');
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}

/** Its certificate was asked for two minutes ago; `dueAt` is when it is looked at next. */
export async function addFresh(stores: Stores, index: number, certificateArn: string, now: number, dueAt: number): Promise<string> {
  const record = waiting(index, now);
  const requested = { certificateRequestedAt: now - 120_000, createdAt: now - 120_000, ownCertificateArn: certificateArn, dueAt };
  const { domainId, projectId, domain: hostname } = record;
  await stores.domains.create({ ...record, ...requested });
  await stores.hostnames.create({ hostname, projectId, domainId, claimedAt: now });
  return domainId;
}

export async function addProject(stores: Stores, now: number): Promise<void> {
  await stores.projects.create({
    projectId: PROJECT, collection: 'project', createdKey: PROJECT, name: 'bench', distributionId: DISTRIBUTION,
    distributionDomain: 'd111.cloudfront.net', createdAt: now, updatedAt: now, revision: 1, fence: 0,
  });
}

function waiting(index: number, now: number): CustomDomain {
  const name = `site-${index}.example.com`;
  const domainId = idOf(index);
  return {
    ...common(index, now), phase: 'validating', certificateStatus: 'PENDING_VALIDATION', cloudFrontStatus: 'not_attached',
    ownCertificateArn: arnOf(index),
    validation: { name: `_x.${name}`, type: 'CNAME', value: '_y.acm-validations.aws' },
    dueShard: dueShardOf(domainId), dueAt: now - index % 600_000,
  };
}

/** It rests: nothing of it is due. */
function active(index: number, now: number): CustomDomain {
  return {
    ...common(index, now), phase: 'active', certificateStatus: 'ISSUED', cloudFrontStatus: 'deployed',
    servingCertificateArn: arnOf(0), activatedAt: now - AGE_MS,
  };
}

function common(index: number, now: number) {
  return {
    domainId: idOf(index), projectId: PROJECT, domain: `site-${index}.example.com` as Hostname,
    distributionId: DISTRIBUTION, distributionDomain: 'd111.cloudfront.net', desired: 'present',
    certificateGeneration: 1, certificateRequestedAt: now - AGE_MS, createdAt: now - AGE_MS, updatedAt: now - AGE_MS,
    revision: 1, attempts: 0,
  } as const;
}

function idOf(index: number): string {
  return `dom_${String(index).padStart(8, '0')}`;
}

/** The same stores, whose every call is counted. */
export function countedStores(stores: Stores, counts: StoreCounts): Stores {
  const counted = Object.entries(stores).map(([table, port]): [string, object] => [table, new Proxy(port as object, {
    get: (target, property) => {
      const method: unknown = Reflect.get(target, property);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        const name = `${table}.${String(property)}`;
        counts.calls[name] = (counts.calls[name] ?? 0) + 1;
        const answer: unknown = await Reflect.apply(method, target, args);
        if (property === 'query') counts.items[table] = (counts.items[table] ?? 0) + (answer as unknown[]).length;
        return answer;
      };
    },
  })]);
  return Object.fromEntries(counted) as unknown as Stores;
}
