// Operations on virtual MFA devices. Whoever may create a device sees its seed once, in the answer.
import { answered, type IndexView, type Portions, type Read, type ReadView } from '@cess/object-index';
import { utf8 } from '@cess/primitives';
import { rootArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import { encodeBase32 } from '../ids.js';
import { checkOf, findDevice, useDeviceCode } from '../mfa/device-codes.js';
import { verifyTotpPair } from '../mfa/totp.js';
import { quotas } from '../quotas.js';
import type { DeviceRecord } from '../store/records.js';
import { devices } from '../store/tables.js';
import { countDown, countUp, limitExceeded } from './counts.js';
import { accountOf, listSubject, missing, pathOf, requireUser, userNameOf, userOrCaller } from './entities.js';
import { findHolder, replaceHolder } from './holders.js';
import type { Answer, AnswerValue, Call, Operations, Subject } from './operation.js';
import { listPage, pageOfList } from './paging.js';
import { rules } from './params.js';
import { serialOf, userShape } from './shapes.js';
import { conflict } from './users.js';

/** 160 bits, the length that RFC 4226 recommends. */
const seedBytes = 20;
const serialOfCall = ({ params }: Call): string => params.required('SerialNumber', rules.serial);

export const mfaOperations: Operations = {
  CreateVirtualMFADevice: {
    subject(call): Read<Subject> {
      const name = call.params.required('VirtualMFADeviceName', rules.deviceName);
      return answered({ arn: serialOf(accountOf(call), { name, path: pathOf(call) }) });
    },
    *change(call, view) {
      const account = accountOf(call);
      const name = call.params.required('VirtualMFADeviceName', rules.deviceName);
      if ((yield* devices.get(view, account, name)) !== undefined)
        throw new IamError('EntityAlreadyExists', `MFADevice entity at the same path and name already exists.`);
      yield* countUp(view, account, 'devices');
      const seed = call.services.rng.bytes(seedBytes);
      const device = { name, path: pathOf(call), enabled: undefined, lastStep: 0 };
      const serial = serialOf(account, device);
      const sealedSeed = call.services.secrets.seal('mfa-seed', serial, seed);
      devices.put(view, { ...device, sealedSeed }, account, name);
      const shown = Buffer.from(utf8(encodeBase32(seed))).toString('base64');
      return { VirtualMFADevice: { SerialNumber: serial, Base32StringSeed: shown } };
    },
  },
  EnableMFADevice: { subject: userOrCaller, change: enableDevice },
  ResyncMFADevice: {
    subject: userOrCaller,
    *change(call, view) {
      const device = yield* requireEnabled(call, view);
      const lastStep = verifyPair(call, device);
      devices.put(view, { ...device, lastStep }, accountOf(call), device.name);
    },
  },
  DeactivateMFADevice: {
    subject: userOrCaller,
    *change(call, view) {
      const account = accountOf(call);
      const device = yield* requireEnabled(call, view);
      const holder = yield* findHolder(view, account, device.enabled?.user);
      yield* replaceHolder(view, account, {
        ...holder,
        devices: holder.devices.filter((name) => name !== device.name),
      });
      devices.put(view, { ...device, enabled: undefined }, account, device.name);
    },
  },
  DeleteVirtualMFADevice: {
    subject: (call) => answered({ arn: serialOfCall(call) }),
    *change(call, view) {
      const account = accountOf(call);
      const device = (yield* findDevice(view, account, serialOfCall(call))) ?? deviceMissing(serialOfCall(call));
      if (device.enabled !== undefined) throw conflict('must deactivate the MFA device first.');
      devices.delete(view, account, device.name);
      yield* countDown(view, account, 'devices');
    },
  },
  ListMFADevices: {
    subject: userOrCaller,
    *read(call, view) {
      const account = accountOf(call);
      const holder = yield* findHolder(view, account, userNameOf(call));
      const entries = [];
      for (const name of holder.devices) {
        const device = yield* devices.get(view, account, name);
        if (device?.enabled === undefined) continue;
        const shown = {
          UserName: holder.user ?? account,
          SerialNumber: serialOf(account, device),
          EnableDate: new Date(device.enabled.atMs),
        };
        entries.push({ name, shown });
      }
      return pageOfList(call.params, 'MFADevices', entries);
    },
  },
  ListVirtualMFADevices: {
    subject: listSubject('mfa'),
    *read(call, view) {
      const account = accountOf(call);
      const status = call.params.oneOf('AssignmentStatus', ['Any', 'Assigned', 'Unassigned'], 'Any');
      const source = { view, table: devices, scope: [account] };
      return yield* listPage(call.params, 'VirtualMFADevices', source, function* ({ value }): Portions<AnswerValue> {
        const isAsked = status === 'Any' || (value.enabled !== undefined) === (status === 'Assigned');
        return isAsked ? yield* deviceShape(call, view, value) : undefined;
      });
    },
  },
};

/** Uses up the code that the request states. Throws what `useDeviceCode` throws. */
export function useCode(call: Call, view: IndexView): Portions {
  const { caller, services, nowMs, params } = call;
  const code = params.required('TokenCode', rules.code);
  return useDeviceCode(view, { principal: caller.principal, serial: serialOfCall(call), code }, services, nowMs);
}

function* enableDevice(call: Call, view: IndexView): Portions {
  const account = accountOf(call);
  const serial = serialOfCall(call);
  const device = (yield* findDevice(view, account, serial)) ?? deviceMissing(serial);
  if (device.enabled !== undefined)
    throw new IamError('EntityAlreadyExists', `MFA Device ${serial} is already in use.`);
  const holder = yield* findHolder(view, account, userNameOf(call));
  if (holder.devices.length >= quotas.devicesOfUser) throw limitExceeded('MFADevicesPerUser', quotas.devicesOfUser);
  const lastStep = verifyPair(call, device);
  devices.put(view, { ...device, lastStep, enabled: { user: holder.user, atMs: call.nowMs } }, account, device.name);
  yield* replaceHolder(view, account, { ...holder, devices: [...holder.devices, device.name] });
}

function verifyPair(call: Call, device: DeviceRecord): number {
  const first = call.params.required('AuthenticationCode1', rules.code);
  const second = call.params.required('AuthenticationCode2', rules.code);
  const step = verifyTotpPair([first, second], checkOf(call.services.secrets, accountOf(call), device, call.nowMs));
  if (step === undefined)
    throw new IamError('InvalidAuthenticationCode', 'Authentication code for device is not valid.');
  return step;
}

/** The device of the request, which must be enabled for the user that the request names. */
function* requireEnabled(call: Call, view: ReadView): Portions<DeviceRecord> {
  const serial = serialOfCall(call);
  const holder = yield* findHolder(view, accountOf(call), userNameOf(call));
  const device = yield* findDevice(view, accountOf(call), serial);
  return device !== undefined && holder.devices.includes(device.name) ? device : deviceMissing(serial);
}

function* deviceShape(call: Call, view: ReadView, device: DeviceRecord): Portions<Answer> {
  const account = accountOf(call);
  const serial = { SerialNumber: serialOf(account, device) };
  if (device.enabled === undefined) return serial;
  const { user, atMs } = device.enabled;
  const shown =
    user === undefined
      ? { UserId: account, Arn: rootArn(account) }
      : userShape(account, yield* requireUser(view, account, user));
  return { ...serial, EnableDate: new Date(atMs), User: shown };
}

function deviceMissing(serial: string): never {
  return missing(`VirtualMFADevice with serial number ${serial} does not exist.`);
}
