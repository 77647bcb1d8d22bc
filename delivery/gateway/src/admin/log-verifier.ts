// Verifies the audit log of a running gateway for callers of the admin API. It reads the whole log, so one verification runs at a time, and
// each has an end.
import { type LogCheck, verifyAuditLog } from '@cess/audit-log';
import { logName } from '../audit/log-anchors.js';
import type { GatewayChain } from '../chain-port.js';
import { AdminProblem } from './problem.js';

export interface LogVerifierInit {
  readonly folder: string;
  readonly chain: Pick<GatewayChain, 'anchorsOf'>;
  /** Aborts when a verification has taken too long. Default: after 10 minutes. */
  readonly newLimit?: () => AbortSignal;
}

export interface LogVerification extends LogCheck {
  /** Number of anchors that the chain node of the gateway reports. */
  readonly anchors: number;
}

const longestMs = 600_000;

export class LogVerifier {
  #isRunning = false;

  constructor(private readonly init: LogVerifierInit) {}

  /**
   * Compares the log with the anchors that the chain node reports for its newest finalized block, without a proof of them. Throws
   * VerificationRunning, ServiceUnavailable when it takes too long, what the chain throws, and the reason of `signal`.
   */
  async verify(signal: AbortSignal): Promise<LogVerification> {
    if (this.#isRunning) throw new AdminProblem('VerificationRunning');
    this.#isRunning = true;
    const limit = (this.init.newLimit ?? (() => AbortSignal.timeout(longestMs)))();
    try {
      const known = await this.init.chain.anchorsOf(logName);
      const check = await verifyAuditLog(this.init.folder, known, AbortSignal.any([signal, limit]));
      return { ...check, anchors: known.count };
    } catch (cause) {
      if (signal.aborted || !limit.aborted) throw cause;
      const detail = 'The audit log is too long to be verified by this API. Run `cess audit verify` on the gateway.';
      throw new AdminProblem('ServiceUnavailable', detail, { cause });
    } finally {
      this.#isRunning = false;
    }
  }
}
