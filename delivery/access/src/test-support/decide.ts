// What tests of decisions share: principals of two accounts, policies of one bucket.
import {
  type AccessRequest,
  compilePolicy,
  type Decision,
  evaluate,
  type PolicySet,
  type Principal,
  parsePolicy,
} from '../index.js';

export const own = '111122223333';
export const foreign = '444455556666';
export const ana: Principal = { kind: 'user', account: own, arn: `arn:aws:iam::${own}:user/ana` };
export const bob: Principal = { kind: 'user', account: foreign, arn: `arn:aws:iam::${foreign}:user/bob` };
export const root: Principal = { kind: 'root', account: own };
export const anonymous: Principal = { kind: 'anonymous' };
export const roleArn = `arn:aws:iam::${own}:role/job`;
export const session: Principal = {
  kind: 'role-session',
  account: own,
  roleArn,
  arn: `arn:aws:sts::${own}:assumed-role/job/one`,
};

export const identity = (name: string, ...Statement: readonly object[]) =>
  compilePolicy(parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'managed'), name);
export const bucketPolicy = (...Statement: readonly object[]) =>
  compilePolicy(
    parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'bucket', { bucket: 'box' }),
    'bucket',
  );

export const readAll = { Sid: 'Read', Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::box/*' };
export const reads = (Principal: unknown, more: object = {}) => bucketPolicy({ ...readAll, Principal, ...more });
export const denies = (Principal: unknown) => bucketPolicy({ ...readAll, Effect: 'Deny', Principal });

export function decide(
  principal: Principal,
  policies: Partial<PolicySet>,
  request: Partial<AccessRequest> = {},
): Decision {
  const wanted = {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::box/a',
    resourceAccount: own,
    keys: () => undefined,
  };
  return evaluate({ ...wanted, principal, ...request }, { identity: [], ...policies });
}
export const effect = (principal: Principal, policies: Partial<PolicySet>, request: Partial<AccessRequest> = {}) =>
  decide(principal, policies, request).effect;
