// The codes of MFA devices as proofs of who makes a request: of sessions that begin with one, and of requests to other services
// that carry one. A code is used up in the transaction that accepts it.
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import type { ApiServices } from '../api/operation.js';
import { serialOf } from '../api/shapes.js';
import { parseEntityArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import type { Caller } from '../identity/caller.js';
import type { DeviceRecord } from '../store/records.js';
import { devices } from '../store/tables.js';
import { type TotpCheck, verifyTotp } from './totp.js';

export interface DeviceProof {
  /** Whose device it must be. A role has none. */
  readonly principal: Caller['principal'];
  readonly serial: string;
  readonly code: string;
}

export function* findDevice(view: ReadView, account: string, serial: string): Portions<DeviceRecord | undefined> {
  const parsed = parseEntityArn(serial);
  if (parsed?.kind !== 'mfa' || parsed.account !== account) return undefined;
  const device = yield* devices.get(view, account, parsed.name);
  return device !== undefined && serialOf(account, device) === serial ? device : undefined;
}

export function checkOf(
  secrets: ApiServices['secrets'],
  account: string,
  device: DeviceRecord,
  nowMs: number,
): TotpCheck {
  const seed = secrets.open('mfa-seed', serialOf(account, device), device.sealedSeed);
  return { seed, nowMs, lastStep: device.lastStep };
}

/** Throws AccessDenied for a device that is not the principal's, and for a code that is wrong or was used before. */
export function* useDeviceCode(
  view: IndexView,
  { principal, serial, code }: DeviceProof,
  { secrets, attempts }: Pick<ApiServices, 'secrets' | 'attempts'>,
  nowMs: number,
): Portions {
  const { account } = principal;
  const device = yield* findDevice(view, account, serial);
  if (device === undefined || !isHolder(principal, device)) throw denied('unable to validate MFA code.');
  if (attempts.isBlocked(serial, nowMs)) throw denied('too many wrong codes. Try again in an hour.');
  const lastStep = verifyTotp(code, checkOf(secrets, account, device, nowMs));
  if (lastStep === undefined) {
    attempts.noteWrong(serial, nowMs);
    throw new IamError('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code.');
  }
  attempts.noteRight(serial, nowMs);
  devices.put(view, { ...device, lastStep }, account, device.name);
}

function isHolder(principal: Caller['principal'], { enabled }: DeviceRecord): boolean {
  if (enabled === undefined || principal.kind === 'role-session') return false;
  return enabled.user === (principal.kind === 'root' ? undefined : parseEntityArn(principal.arn)?.name);
}

function denied(reason: string): IamError {
  return new IamError('AccessDenied', `MultiFactorAuthentication failed, ${reason}`);
}
