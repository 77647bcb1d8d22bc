// The elements Principal and NotPrincipal.
import { policyError } from '../errors.js';
import type { PrincipalElement } from './document.js';
import { chooseMember, join, readObject, readStrings } from './elements.js';
import type { JsonObject } from './json.js';
import type { PolicyKind } from './kinds.js';

const accountNumber = /^[0-9]{12}$/;
const rootArn = /^arn:aws:iam::([0-9]{12}):root$/;
const principalArn =
  /^arn:aws:(?:iam::[0-9]{12}:(?:user|role)\/[^*?]+|sts::[0-9]{12}:(?:assumed-role\/[^*?/]+\/[^*?/]+|federated-user\/[^*?/]+))$/;
const canonicalId = /^[0-9a-f]{32,64}$/;
const serviceName = /^[a-z0-9.-]+$/;

/** Reads the element of a statement that must have one. */
export function readPrincipals(
  object: JsonObject,
  at: string,
  effect: 'Allow' | 'Deny',
  kind: PolicyKind,
): PrincipalElement {
  const member = chooseMember(object, at, 'Principal', 'NotPrincipal');
  const place = join(at, member);
  const isNegated = member === 'NotPrincipal';
  // Amazon supports neither: an Allow to all but a few includes anonymous requests.
  if (isNegated && effect === 'Allow') throw policyError(place, 'may stand only beside the effect "Deny"');
  if (isNegated && kind === 'trust') throw policyError(place, 'is not allowed in a trust policy');
  const json = object.get(member);
  const none = { accounts: [], arns: [], canonicalIds: [], services: [], providers: [] };
  if (json === '*') return { ...none, isNegated, isEveryone: true };
  const members = readObject(json, place, ['AWS', 'CanonicalUser', 'Service', 'Federated']);
  if (members.size === 0) throw policyError(place, 'must name at least one principal');
  const list = (name: string) => (members.has(name) ? readStrings(members.get(name), join(place, name)) : []);
  return {
    isNegated,
    ...readAwsPrincipals(list('AWS'), join(place, 'AWS')),
    canonicalIds: checked(list('CanonicalUser'), canonicalId, join(place, 'CanonicalUser'), 'a canonical user id'),
    services: checked(list('Service'), serviceName, join(place, 'Service'), 'the name of a service'),
    providers: checked(list('Federated'), /^[^*?]+$/, join(place, 'Federated'), 'the name of an identity provider'),
  };
}

function readAwsPrincipals(names: readonly string[], at: string) {
  const accounts: string[] = [];
  const arns: string[] = [];
  for (const name of names) {
    const account = accountNumber.test(name) ? name : rootArn.exec(name)?.[1];
    if (account !== undefined) accounts.push(account);
    else if (principalArn.test(name)) arns.push(name);
    else if (name !== '*')
      throw policyError(
        at,
        `holds "${name}"; a principal is "*", an account number, or the ARN of an account, user, role or session without wildcards`,
      );
  }
  return { isEveryone: names.includes('*'), accounts, arns };
}

function checked(names: readonly string[], pattern: RegExp, at: string, what: string): readonly string[] {
  for (const name of names) if (!pattern.test(name)) throw policyError(at, `holds "${name}", which is not ${what}`);
  return names;
}
