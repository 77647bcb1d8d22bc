// Wrong MFA codes. A code has six digits, so guesses are limited (RFC 4226 §7.3): after too many the device takes no code until the
// period is over. Kept in memory: a restart of the gateway, which no client can cause, starts the count anew.
import { BoundedCache } from '@cess/primitives';

const maxWrong = 10;
const periodMs = 3_600_000;
const maxDevices = 10_000;

interface Wrong {
  readonly count: number;
  readonly sinceMs: number;
}

export class MfaAttempts {
  readonly #wrong = new BoundedCache<Wrong>(maxDevices);

  isBlocked(device: string, nowMs: number): boolean {
    return this.#current(device, nowMs).count >= maxWrong;
  }

  noteWrong(device: string, nowMs: number): void {
    const { count, sinceMs } = this.#current(device, nowMs);
    this.#wrong.set(device, { count: count + 1, sinceMs });
  }

  noteRight(device: string, nowMs: number): void {
    this.#wrong.set(device, { count: 0, sinceMs: nowMs });
  }

  #current(device: string, nowMs: number): Wrong {
    const wrong = this.#wrong.get(device);
    return wrong === undefined || nowMs - wrong.sinceMs >= periodMs ? { count: 0, sinceMs: nowMs } : wrong;
  }
}
