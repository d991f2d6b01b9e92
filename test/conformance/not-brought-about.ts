const THROTTLING = 'there is no throttling here or in moto; tests put it in front';
const ACCESS = 'nobody is asked who they are here';
const RACE = 'two calls at the same time on AWS\'s side';

/** Errors of AWS that the server has a meaning for and no call of the probe can bring about, and why. */
export const NOT_BROUGHT_ABOUT: Readonly<Record<string, string>> = {
  AccessDenied: ACCESS,
  AccessDeniedException: ACCESS,
  AliasLimitExceededException: 'Lambda says it of quotas that its documents put no number on',
  ConflictException: RACE,
  InvalidDomainValidationOptionsException: 'the server sends no options of e-mail validation',
  ProvisionedThroughputExceededException: THROTTLING,
  ReplicatedWriteConflictException: 'global tables alone, which the server\'s are not',
  RequestInProgressException: RACE,
  RequestLimitExceeded: THROTTLING,
  ServiceQuotaExceededException: 'of operations the server does not call',
  ThrottlingException: THROTTLING,
  TooManyRequestsException: THROTTLING,
  TransactionConflictException: 'transactions alone, which the server does not use',
};
