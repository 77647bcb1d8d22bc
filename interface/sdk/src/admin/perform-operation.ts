import type { StorageClient } from '../storage/storage-client.js';
import { callAdmin } from './call-admin.js';

/** An operation of IAM, STS or KMS (docs/operations/accounts.md). */
export interface ServiceOperation {
  readonly service: 'iam' | 'sts' | 'kms';
  /** Its name at Amazon, such as `CreateUser`. */
  readonly operation: string;
  /** Lists as `Name.member.1`. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The result as the service names its elements. Throws `GATEWAY_OPERATION_REFUSED`, whose `operationCode` is that of the service. */
export function performOperation<T = Readonly<Record<string, unknown>>>(
  storage: StorageClient,
  { service, operation, parameters = {}, signal }: ServiceOperation,
): Promise<T> {
  return callAdmin(storage, { method: 'POST', path: `/services/${service}/${operation}`, body: parameters, signal });
}
