// Codes of MFA devices, by an independent implementation of RFC 6238.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { query } from './query-client.js';
import type { TestGateway } from './test-gateway.js';

const stepMs = 30_000;
let devices = 0;

/**
 * Runs `act` with the value of `x-amz-mfa` for a new device of the root, or of a user. Each device gives one code: setting it up
 * takes the two before.
 */
export async function withCode<T>(
  test: Pick<TestGateway, 'gateway'>,
  act: (mfa: string) => Promise<T>,
  user?: string,
): Promise<T> {
  const iam = async (Action: string, fields: Readonly<Record<string, string>>) => {
    const answer = await query(test, { Version: '2010-05-08', Action, ...fields });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };
  const created = await iam('CreateVirtualMFADevice', { VirtualMFADeviceName: `device-${++devices}` });
  const seed = decodeBase32(Buffer.from(created.value('Base32StringSeed'), 'base64').toString());
  const device = {
    SerialNumber: created.value('SerialNumber'),
    ...(user === undefined ? {} : { UserName: user }),
  };
  const step = Math.floor(Date.now() / stepMs);
  const codes = { AuthenticationCode1: codeOf(seed, step - 1), AuthenticationCode2: codeOf(seed, step) };
  await iam('EnableMFADevice', { ...device, ...codes });
  const result = await act(`${device.SerialNumber} ${codeOf(seed, step + 1)}`);
  await iam('DeactivateMFADevice', device);
  return result;
}

/** The code that a device with this seed, in Base32, shows at a time. */
export function mfaCode(seed: string, timeMs: number): string {
  return codeOf(decodeBase32(seed), Math.floor(timeMs / stepMs));
}

function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const value = mac.readUInt32BE(mac.readUInt8(mac.length - 1) & 15) & 0x7fff_ffff;
  return String(value % 1_000_000).padStart(6, '0');
}

function decodeBase32(text: string): Uint8Array {
  const bits = [...text.replaceAll('=', '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
