// Codes of MFA devices (RFC 6238) for cases about buckets with MFA delete.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { elementOf } from './elements.js';
import type { Answer } from './endpoint.js';
import type { World } from './world.js';

const stepMs = 30_000;

/** Runs `act` with the value of `x-amz-mfa` for a new device of the root. Setting it up takes the two codes before. */
export async function withCode<T>(world: World, act: (mfa: string) => Promise<T>): Promise<T> {
  const iam = async (Action: string, parameters: Readonly<Record<string, string>>): Promise<Answer> => {
    const answer = await world.query('iam', { Action, ...parameters });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };
  const VirtualMFADeviceName = `device-${randomBytes(4).toString('hex')}`;
  const { text } = await iam('CreateVirtualMFADevice', { VirtualMFADeviceName });
  const SerialNumber = elementOf(text, 'SerialNumber') ?? '';
  const seed = decodeBase32(Buffer.from(elementOf(text, 'Base32StringSeed') ?? '', 'base64').toString());
  const step = Math.floor(Date.now() / stepMs);
  const codes = { AuthenticationCode1: codeOf(seed, step - 1), AuthenticationCode2: codeOf(seed, step) };
  await iam('EnableMFADevice', { SerialNumber, ...codes });
  const result = await act(`${SerialNumber} ${codeOf(seed, step + 1)}`);
  await iam('DeactivateMFADevice', { SerialNumber });
  return result;
}

export function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const value = mac.readUInt32BE(mac.readUInt8(mac.length - 1) & 15) & 0x7fff_ffff;
  return String(value % 1_000_000).padStart(6, '0');
}

export function decodeBase32(text: string): Uint8Array {
  const letters = [...text.replaceAll('=', '')];
  const bits = letters.map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
