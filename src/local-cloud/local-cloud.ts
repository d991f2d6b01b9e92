import { randomUUID } from 'node:crypto';
import { acmHandler } from './acm/acm-protocol.ts';
import { AcmState } from './acm/acm-state.ts';
import { cloudFrontHandler } from './cloudfront/cloudfront-protocol.ts';
import { CloudFrontState } from './cloudfront/cloudfront-state.ts';
import { randomIds } from './cloudfront/random-ids.ts';
import type { Persistence } from './collection.ts';
import { dispatch } from './dispatch.ts';
import { dnsRecordsHandler } from './dns/dns-protocol.ts';
import { dnsRoute } from './dns/dns-route.ts';
import { Zone } from './dns/zone.ts';
import { lambdaHandler } from './lambda/lambda-protocol.ts';
import { LambdaState } from './lambda/lambda-state.ts';
import type { LocalCloudSettings } from './settings.ts';
import { DEFAULT_LOCAL_CLOUD } from './settings.ts';
import type { WireHandler, WireRequest, WireResponse } from './wire.ts';

export interface LocalCloudParts {
  readonly persistence: Persistence;
  readonly settings?: Partial<LocalCloudSettings> | undefined;
  /** Milliseconds since the epoch; the system's clock when left out. */
  readonly now?: (() => number) | undefined;
  /** 0 inclusive to 1 exclusive; makes CloudFront's ids and chooses between the versions of an alias with weights. */
  readonly random?: (() => number) | undefined;
  /** Makes revision and request ids, and the last part of certificates' ARNs. */
  readonly newId?: (() => string) | undefined;
  /** Asked before the embedded services. */
  readonly handlers?: readonly WireHandler[] | undefined;
}

/** Lambda, ACM, CloudFront and DNS of one account, as one function from request to answer. */
export interface LocalCloud {
  handle(request: WireRequest): Promise<WireResponse>;
  readonly settings: LocalCloudSettings;
  readonly persistence: Persistence;
  readonly lambda: LambdaState;
  readonly acm: AcmState;
  readonly cloudFront: CloudFrontState;
  readonly zone: Zone;
}

export function createLocalCloud(parts: LocalCloudParts): LocalCloud {
  const { persistence, now = Date.now, random = Math.random, newId = randomUUID, handlers = [] } = parts;
  const settings = { ...DEFAULT_LOCAL_CLOUD, ...parts.settings };
  const lambda = new LambdaState({ persistence, now, settings, random, newRevisionId: newId });
  const zone = new Zone({ persistence });
  // ACM asks CloudFront who uses a certificate, and CloudFront asks ACM what it covers.
  const acm = new AcmState({
    persistence, now, settings, newId, dns: zone,
    usersOf: (arn) => cloudFront.usersOf(arn),
    lastReleasedAt: (arn) => cloudFront.lastReleasedAt(arn),
  });
  const cloudFront: CloudFrontState = new CloudFrontState({
    persistence, now, settings, ids: randomIds(random),
    certificate: (arn) => acm.viewerCertificate(arn),
    dnsTxt: (name) => zone.lookup(name, 'TXT'),
    dnsRoute: (name) => dnsRoute(zone, name),
  });
  const services = [lambdaHandler(lambda), acmHandler(acm), cloudFrontHandler(cloudFront), dnsRecordsHandler(zone)];
  return { handle: dispatch([...handlers, ...services], newId), settings, persistence, lambda, acm, cloudFront, zone };
}
