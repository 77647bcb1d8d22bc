// The IAM, STS and KMS APIs (versions 2010-05-08, 2011-06-15 and 2014-11-01) without their transport: a request of an authenticated
// caller in, the elements of an answer out. Nothing is done before the policies of the caller allow it.
import { type ConditionKeys, combineKeys, type Decision, evaluate, timeKeys } from '@cess/access';
import { IamError } from '../iam-error.js';
import { type Caller, callerArn } from '../identity/caller.js';
import { mfaAgeKeys } from '../identity/caller-keys.js';
import { keyAliasOperations } from '../named-keys/alias-operations.js';
import { namedKeyOperations } from '../named-keys/key-operations.js';
import { keyRotationOperations } from '../named-keys/rotation-operations.js';
import { walletOperations } from '../sign-in/wallet-sign-in.js';
import type { AccountStore } from '../store/account-store.js';
import { accessKeyOperations } from './access-keys.js';
import { attachmentOperations } from './attachments.js';
import { boundaryOperations } from './boundaries.js';
import { groupOperations } from './groups.js';
import { inlinePolicyOperations } from './inline-policies.js';
import { mfaOperations, useCode } from './mfa-devices.js';
import type { Answer, ApiServices, Call, Operation, Operations, Subject } from './operation.js';
import { Params } from './params.js';
import { policyOperations } from './policies.js';
import { roleOperations } from './roles.js';
import { simulationOperations } from './simulate.js';
import { stsOperations } from './sts.js';
import { accountOperations } from './summary.js';
import { userOperations } from './users.js';

export type QueryService = 'iam' | 'sts' | 'kms';

const operations: Readonly<Record<QueryService, Operations>> = {
  iam: {
    ...userOperations,
    ...groupOperations,
    ...roleOperations,
    ...policyOperations,
    ...attachmentOperations,
    ...inlinePolicyOperations,
    ...boundaryOperations,
    ...accessKeyOperations,
    ...mfaOperations,
    ...accountOperations,
    ...simulationOperations,
  },
  sts: stsOperations,
  kms: { ...namedKeyOperations, ...keyRotationOperations, ...keyAliasOperations },
};

const versions: Readonly<Record<QueryService, string>> = { iam: '2010-05-08', sts: '2011-06-15', kms: '2014-11-01' };

export interface QueryRequest {
  readonly service: QueryService;
  /** The form of the request, `Action` and `Version` included. */
  readonly fields: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly nowMs: number;
  /** Condition keys of the request, such as aws:SourceIp. */
  readonly keys: ConditionKeys;
}

export class QueryApi {
  constructor(
    private readonly store: AccountStore,
    private readonly services: ApiServices,
  ) {}

  /** The name of the operation if there is one, for logs and metrics. */
  static nameOf(service: QueryService, fields: ReadonlyMap<string, string>): string | undefined {
    const action = fields.get('Action') ?? '';
    const isKnown = Object.hasOwn(operations[service], action) || Object.hasOwn(walletOperations, action);
    return isKnown ? action : undefined;
  }

  /** The result of the operation; undefined if it has none. Throws IamError. */
  async perform(request: QueryRequest): Promise<Answer | undefined> {
    const { service, fields, caller, nowMs } = request;
    const { name, operation } = select(service, fields);
    assertSessionMay(service, name, caller);
    const unproven: Call = { params: new Params(fields), caller, nowMs, mfaAtMs: undefined, services: this.services };
    const call = operation.takesCode === true ? await this.#prove(unproven) : unproven;
    if (operation.subject !== undefined) {
      const { subject: find } = operation;
      const subject = await this.store.read(function* (view) {
        return yield* find(call, view);
      });
      assertAllowed(request, call, `${service}:${name}`, subject);
    }
    return operation.read === undefined
      ? this.store.change(function* (view) {
          return (yield* operation.change(call, view)) ?? undefined;
        })
      : this.store.read(function* (view) {
          return (yield* operation.read(call, view)) ?? undefined;
        });
  }

  /** An operation of STS that proves the caller by other means than a signature of the request. Throws IamError. */
  performUnsigned(fields: ReadonlyMap<string, string>, nowMs: number): Answer {
    const name = fields.get('Action') ?? '';
    if (name !== 'GetWalletChallenge' && name !== 'GetSessionTokenWithWallet')
      throw new IamError('MissingAuthenticationToken', 'Request is missing Authentication Token');
    return walletOperations[name](this.services, new Params(fields), nowMs);
  }

  async #prove(call: Call): Promise<Call> {
    if (!call.params.has('TokenCode')) return call;
    await this.store.change((view) => useCode(call, view));
    return { ...call, mfaAtMs: call.nowMs };
  }
}

function select(
  service: QueryService,
  fields: ReadonlyMap<string, string>,
): { readonly name: string; readonly operation: Operation } {
  const name = fields.get('Action') ?? '';
  const version = fields.get('Version') ?? versions[service];
  const operation = Object.hasOwn(operations[service], name) ? operations[service][name] : undefined;
  if (operation !== undefined && version === versions[service]) return { name, operation };
  const message = `Could not find operation ${name.slice(0, 128)} for version ${version.slice(0, 32)}`;
  throw new IamError('InvalidAction', message);
}

/** What Amazon excludes for sessions of GetSessionToken: IAM without MFA, and STS but for two operations. */
function assertSessionMay(service: QueryService, name: string, { session, principal }: Caller): void {
  if (session === undefined || principal.kind === 'role-session') return;
  if (service === 'kms') return;
  const isRefused =
    service === 'iam' ? session.mfaAtMs === undefined : !['AssumeRole', 'GetCallerIdentity'].includes(name);
  if (!isRefused) return;
  throw new IamError('InvalidClientTokenId', 'The security token included in the request is invalid');
}

function assertAllowed(request: QueryRequest, call: Call, action: string, subject: Subject): void {
  const { caller, nowMs } = request;
  const sources = [request.keys, caller.keys, mfaAgeKeys(caller, nowMs), timeKeys(nowMs)];
  const decision = evaluate(
    {
      principal: caller.principal,
      action,
      resource: subject.arn,
      resourceAccount: subject.account ?? caller.account.id,
      keys: combineKeys(provenKeys(call), ...(subject.keys === undefined ? [] : [subject.keys]), ...sources),
    },
    {
      ...caller.policies,
      ...(subject.trust === undefined ? {} : { resource: subject.trust, resourceMustAllow: true }),
    },
  );
  if (decision.effect !== 'allow') throw denied(caller, action, subject.arn, decision);
}

/** A request that proves a device counts as signed in with it. */
function provenKeys({ mfaAtMs }: Call): ConditionKeys {
  return (key) => {
    if (mfaAtMs === undefined) return undefined;
    if (key === 'aws:multifactorauthpresent') return 'true';
    return key === 'aws:multifactorauthage' ? '0' : undefined;
  };
}

function denied(
  caller: Caller,
  action: string,
  resource: string,
  decision: Exclude<Decision, { effect: 'allow' }>,
): IamError {
  const kinds = {
    identity: 'identity-based policy',
    boundary: 'permissions boundary',
    session: 'session policy',
  } as const;
  const type = decision.effect === 'explicit-deny' ? decision.by.type : decision.missing;
  const noun = type === 'identity' || type === 'boundary' || type === 'session' ? kinds[type] : 'resource-based policy';
  const reason =
    decision.effect === 'explicit-deny'
      ? `with an explicit deny in a ${noun}`
      : `because no ${noun} allows the ${action} action`;
  const message = `User: ${callerArn(caller)} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  return new IamError('AccessDenied', message);
}
