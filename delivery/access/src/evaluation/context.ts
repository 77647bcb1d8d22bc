// The condition keys of a request. Values are computed when a policy asks for them, and once for each request.
import { formatDate } from '../conditions/date.js';
import type { Principal } from './principal.js';

/** A value of a condition key. Lists are for keys that Amazon documents as multivalued, such as aws:TagKeys. */
export type KeyValue = string | readonly string[];

/**
 * Gives the value of a condition key, or undefined if the request has none. The key is in lower case, as keys do not depend
 * on case: `aws:sourceip`, `s3:existingobjecttag/project`.
 */
export type ConditionKeys = (key: string) => KeyValue | undefined;

/** Condition keys from a table of values and functions. The names of the table may have any case. */
export function conditionKeys(
  table: Readonly<Record<string, KeyValue | (() => KeyValue | undefined) | undefined>>,
): ConditionKeys {
  const values = new Map(Object.entries(table).map(([name, value]) => [name.toLowerCase(), value]));
  return (key) => {
    const value = values.get(key);
    return typeof value === 'function' ? value() : value;
  };
}

/** Asks the first source, then the next for keys that it lacks. */
export function combineKeys(...sources: readonly ConditionKeys[]): ConditionKeys {
  return (key) => {
    for (const source of sources) {
      const value = source(key);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** The keys that follow from the principal: aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:username. */
export function principalKeys(principal: Principal): ConditionKeys {
  return (key) => {
    switch (key) {
      case 'aws:principalarn':
        return principalArn(principal);
      case 'aws:principalaccount':
        return 'account' in principal ? principal.account : undefined;
      case 'aws:principaltype':
        return principalTypes[principal.kind];
      case 'aws:username':
        return principal.kind === 'user' ? principal.arn.slice(principal.arn.lastIndexOf('/') + 1) : undefined;
      case 'aws:principalisawsservice':
        return principal.kind === 'anonymous' ? undefined : String(principal.kind === 'service');
      case 'aws:principalservicename':
        return principal.kind === 'service' ? principal.service : undefined;
      default:
        return undefined;
    }
  };
}

/** The keys that follow from the time of a request: aws:CurrentTime and aws:EpochTime. */
export function timeKeys(nowMs: number): ConditionKeys {
  return (key) => {
    if (key === 'aws:currenttime') return formatDate(nowMs);
    return key === 'aws:epochtime' ? String(Math.floor(nowMs / 1000)) : undefined;
  };
}

const principalTypes: Readonly<Record<Principal['kind'], string>> = {
  anonymous: 'Anonymous',
  root: 'Account',
  user: 'User',
  'role-session': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'Service',
  federated: 'FederatedUser',
};

/** Of a session of a role Amazon gives the ARN of the role. */
function principalArn(principal: Principal): string | undefined {
  switch (principal.kind) {
    case 'root':
      return `arn:aws:iam::${principal.account}:root`;
    case 'role-session':
      return principal.roleArn;
    case 'user':
    case 'federated-user':
      return principal.arn;
    default:
      return undefined;
  }
}
