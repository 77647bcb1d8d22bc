// Anchors of the audit log: once in a while its head is recorded on the chain. Every anchor is written down beside the log before it is
// submitted, so that the log can be compared with all of them later.
import { AnchorList, type AnchorState, type AuditLog, isSameState, type LogPosition } from '@cess/audit-log';
import { equalBytes, type Logger } from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';

/** Name of the log on the chain. */
export const logName = 'audit';

export class LogAnchors {
  #list: AnchorList | undefined;
  #anchored = 0;
  #isBehind = false;

  constructor(
    private readonly folder: string,
    private readonly chain: Pick<GatewayChain, 'anchorsOf' | 'anchor'>,
    private readonly logger: Logger,
  ) {}

  /** Entries that the chain commits the gateway to. */
  get anchored(): number {
    return this.#anchored;
  }

  /** Whether the chain knows a later or another state of the log: its folder was replaced by an older one, or changed. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Anchors what has been written since the last anchor. One call at a time. */
  async anchorNow(log: AuditLog): Promise<void> {
    if (log.position.sequence <= this.#anchored) return;
    const position = await log.sync();
    const known = await this.chain.anchorsOf(logName);
    this.#isBehind = isContradicted(known, position);
    if (this.#isBehind) {
      const fields = { anchored: known.sequence, entries: position.sequence };
      this.logger.error(
        fields,
        'the chain has a later anchor than this audit log, or another one; compare it with a backup',
      );
      return;
    }
    const next = await this.#nextAnchor(known, position);
    if (next !== undefined) await this.chain.anchor(logName, next);
    this.#anchored = next?.sequence ?? known.sequence;
  }

  /** What to submit, once it is written down; undefined when the chain has all. */
  async #nextAnchor(known: AnchorState, position: LogPosition): Promise<LogPosition | undefined> {
    this.#list ??= await AnchorList.open(this.folder);
    const { total, beforeNewest } = this.#list ?? {};
    if (total !== undefined && !isSameState(known, total)) {
      // Whether the newest reached the chain is unknown. It goes first: the chain accepts it at most once.
      if (beforeNewest !== undefined && isSameState(known, beforeNewest)) return total;
      const fields = { onChain: known.count, inFolder: total.count };
      this.logger.warn(fields, 'the list of anchors is not that of the chain; a new one begins');
      this.#list = undefined;
    }
    this.#list ??= await AnchorList.begin(this.folder, known);
    if (known.sequence >= position.sequence) return undefined;
    await this.#list.append(position);
    return position;
  }
}

function isContradicted(anchor: LogPosition, log: LogPosition): boolean {
  return anchor.sequence > log.sequence || (anchor.sequence === log.sequence && !equalBytes(anchor.head, log.head));
}
