// What the audit log says of a request. It fills up while the request passes the checks.
import type { IncomingMessage } from 'node:http';
import type { Principal } from '@cess/access';
import { rootArn } from '@cess/accounts';
import type { ChangeOrigin } from '@cess/object-index';
import type { S3Target } from '../s3/request.js';
import type { AuditedRequest } from './audit-trail.js';

/** Longer texts are cut: requests that are refused may hold any. */
const longestText = 1_024;

export class RequestRecord {
  #operation = 'none';
  #named: Pick<AuditedRequest, 'bucket' | 'key' | 'versionId'> = { bucket: '', key: '', versionId: '' };
  #accessKeyId = '';
  #principal = '';
  /** Code of the error that refused the request. */
  errorCode = '';

  constructor(
    private readonly request: IncomingMessage,
    readonly requestId: string,
    private readonly timeMs: number,
  ) {}

  /** Amazon's name of the operation; `none` until it is known. */
  get operation(): string {
    return this.#operation;
  }

  isFor(operation: string): void {
    this.#operation = operation;
  }

  names({ bucket, key, query }: S3Target): void {
    this.#named = { bucket: cut(bucket), key: cut(key), versionId: cut(query.get('versionId') ?? '') };
  }

  /** The key that the request claims; its signature may still be wrong. */
  isSignedBy(accessKeyId: string | undefined): void {
    this.#accessKeyId = cut(accessKeyId ?? '');
  }

  /** The caller, once the signature is verified. */
  isOf(principal: Principal): void {
    this.#principal = nameOf(principal);
  }

  /** What events say of the request. The caller of a form is known only when the form has been read. */
  origin(): ChangeOrigin {
    const record = this;
    return {
      get operation() {
        return record.#operation;
      },
      get principalId() {
        return record.#principal;
      },
      source: this.request.socket.remoteAddress ?? '',
      requestId: this.requestId,
    };
  }

  fields(): AuditedRequest {
    const { socket, headers } = this.request;
    return {
      timeMs: this.timeMs,
      requestId: this.requestId,
      operation: this.#operation,
      principal: this.#principal,
      accessKeyId: this.#accessKeyId,
      source: socket.remoteAddress ?? '',
      userAgent: cut(headers['user-agent'] ?? ''),
      ...this.#named,
    };
  }
}

function nameOf(principal: Principal): string {
  if ('arn' in principal) return principal.arn;
  if (principal.kind === 'root') return rootArn(principal.account);
  return principal.kind;
}

function cut(text: string): string {
  return text.length > longestText ? text.slice(0, longestText) : text;
}
