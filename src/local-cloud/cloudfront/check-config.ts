import { CloudFrontError } from './cloudfront-error.ts';
import { checkConnectionMode } from './connection-mode.ts';
import { aliasesOf, originGroupsOf, originsOf } from './distribution-config.ts';
import { isAlias } from './host-pattern.ts';
import { childAt, childrenOf, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** The rules that a configuration of the right shape can be held to by itself. Throws CloudFrontError. */
export function checkConfig(config: XmlElement, aliasesPerDistribution: number): void {
  checkConnectionMode(config);
  checkLengths(config);
  checkOrigins(config);
  checkAliases(aliasesOf(config), aliasesPerDistribution);
}

export function checkAliases(aliases: readonly string[], aliasesPerDistribution: number): void {
  if (!aliases.every(isAlias)) {
    throw new CloudFrontError('InvalidArgument',
      'The parameter CNAME contains one or more parameters that are not valid.');
  }
  if (new Set(aliases).size !== aliases.length) {
    throw new CloudFrontError('InvalidArgument', 'The parameter CNAME contains duplicates.');
  }
  if (aliases.length > aliasesPerDistribution) {
    throw new CloudFrontError('TooManyDistributionCNAMEs',
      'Your request contains more CNAMEs than are allowed per distribution.');
  }
}

function checkLengths(config: XmlElement): void {
  if (!textAt(config, 'CallerReference')) {
    throw new CloudFrontError('InvalidArgument', 'The parameter CallerReference is required.');
  }
  if (textAt(config, 'Comment').length > 128) {
    throw new CloudFrontError('InvalidArgument', 'The parameter Comment is too long.');
  }
}

function checkOrigins(config: XmlElement): void {
  const ids = originsOf(config).map((origin) => textAt(origin, 'Id'));
  if (ids.length === 0) throw new CloudFrontError('InvalidArgument', 'The parameter Origins must hold at least one.');
  if (new Set(ids).size !== ids.length) throw new CloudFrontError('InvalidArgument', 'Origin ids must be unique.');
  const targets = new Set([...ids, ...originGroupsOf(config).map((group) => textAt(group, 'Id'))]);
  const behaviors = [
    childAt(config, 'DefaultCacheBehavior'), ...childrenOf(childAt(config, 'CacheBehaviors', 'Items'), 'CacheBehavior'),
  ];
  if (!behaviors.every((behavior) => targets.has(textAt(behavior, 'TargetOriginId')))) {
    throw new CloudFrontError('NoSuchOrigin', 'One or more of your origins or origin groups do not exist.');
  }
}
