// Time-based one-time passwords (RFC 6238) with the parameters of Amazon's virtual MFA devices: HMAC-SHA-1, 6 digits, 30 seconds.
import { createHmac, timingSafeEqual } from 'node:crypto';

export const totpStepMs = 30_000;
/** Steps by which the clock of a device may be off. */
const maxDrift = 1;

export interface TotpOptions {
  readonly digits?: number;
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512';
}

/** The code of one time step (RFC 4226 §5.3). */
export function totpCode(seed: Uint8Array, step: number, { digits = 6, algorithm = 'sha1' }: TotpOptions = {}): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac(algorithm, seed).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const value = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(value % 10 ** digits).padStart(digits, '0');
}

export interface TotpCheck {
  readonly seed: Uint8Array;
  readonly nowMs: number;
  /** The step of the newest code that was accepted: this code and earlier ones are refused (RFC 6238 §5.2). */
  readonly lastStep: number;
}

/** The step of a code that is valid now, or undefined. */
export function verifyTotp(code: string, { seed, nowMs, lastStep }: TotpCheck): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const now = Math.floor(nowMs / totpStepMs);
  for (let step = now - maxDrift; step <= now + maxDrift; step++) {
    if (step > lastStep && isEqual(totpCode(seed, step), code)) return step;
  }
  return undefined;
}

/** The step of the second of two consecutive codes, or undefined: that a device is set up right takes both. */
export function verifyTotpPair(codes: readonly [string, string], check: TotpCheck): number | undefined {
  const second = verifyTotp(codes[1], check);
  if (second === undefined) return undefined;
  const isPair = second - 1 > check.lastStep && isEqual(totpCode(check.seed, second - 1), codes[0]);
  return isPair ? second : undefined;
}

function isEqual(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
