// Selects the operation that a request means, from the table of operations. A request names its operation only if every
// query name in it belongs to that operation: an unknown subresource must never fall through to another operation.
import { S3Error } from './errors.js';
import type { S3Operation, S3Resource } from './operations/operation.js';
import { operations } from './operations/table.js';
import { isPresigned, type S3Target, signingParameters } from './request.js';

export interface RoutedRequest {
  readonly method: string;
  readonly target: S3Target;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** By method and by the path or kind of resource that they address, so that a request looks at a few. Paths begin with a slash. */
const addressed = new Map<string, S3Operation[]>();
for (const operation of operations) {
  const name = `${operation.method} ${operation.path ?? operation.resource}`;
  addressed.set(name, [...(addressed.get(name) ?? []), operation]);
}

/** The operation of a request. Throws MethodNotAllowed, NotImplemented or InvalidArgument. */
export function route(request: RoutedRequest): S3Operation {
  const { method, target } = request;
  const selected = [target.rawPath, resourceOf(target)]
    .flatMap((place) => addressed.get(`${method} ${place}`) ?? [])
    .filter((operation) => isSelected(operation, request))
    .reduce<S3Operation | undefined>(
      (best, one) => (best === undefined || specificity(one) > specificity(best) ? one : best),
      undefined,
    );
  if (selected === undefined) throw methodNotAllowed(resourceOf(target));
  checkQueryNames(selected, target);
  return selected;
}

/** The query names that select an operation, without the values that some of them must have. */
export function selectorNames({ selectedBy = [] }: Pick<S3Operation, 'selectedBy'>): readonly string[] {
  return selectedBy.map((selector) => selector.split('=', 1).join());
}

function resourceOf({ bucket, key }: S3Target): S3Resource {
  if (bucket === '') return 'service';
  return key === '' ? 'bucket' : 'object';
}

function isSelected({ selectedBy = [], selectedByHeader }: S3Operation, { target, headers }: RoutedRequest): boolean {
  if (selectedBy.length > 0 && target.query.size === 0) return false;
  const hasQuery = selectedBy.every((selector) => {
    const equals = selector.indexOf('=');
    if (equals < 0) return target.query.has(selector);
    return target.query.get(selector.slice(0, equals)) === selector.slice(equals + 1);
  });
  return hasQuery && (selectedByHeader === undefined || headers[selectedByHeader] !== undefined);
}

function specificity({ selectedBy = [], selectedByHeader, path }: S3Operation): number {
  return selectedBy.length + (selectedByHeader === undefined ? 0 : 1) + (path === undefined ? 0 : 1);
}

function checkQueryNames(operation: S3Operation, target: S3Target): void {
  const presigned = isPresigned(target);
  const taken = new Set([...selectorNames(operation), ...(operation.query ?? []), 'x-id']);
  const seen = new Set<string>();
  for (const [name] of target.queryPairs) {
    // A presigned URL carries signing parameters and headers; the latter are checked with the other headers.
    const isSigning = presigned && (signingParameters.has(name) || /^x-amz-/i.test(name));
    if (!taken.has(name) && !isSigning) throw unexpectedName(operation, name, target);
    if (seen.has(name) && operation.repeated?.includes(name) !== true) {
      throw new S3Error('InvalidArgument', {
        message: `The query parameter ${name.slice(0, 64)} is given more than once.`,
      });
    }
    seen.add(name);
  }
}

function unexpectedName({ method, resource }: S3Operation, name: string, target: S3Target): S3Error {
  const details = { ArgumentName: name.slice(0, 255) };
  const selectable = operations.filter((other) => other.resource === resource && selectorNames(other).includes(name));
  const lacks = (other: S3Operation) => selectorNames(other).some((needed) => !target.query.has(needed));
  const ofMethod = selectable.filter((other) => other.method === method);
  const incomplete = ofMethod.find((other) => selectorNames(other)[0] === name && lacks(other));
  if (incomplete !== undefined && ofMethod.every(lacks)) {
    const names = selectorNames(incomplete).join(' and ');
    return new S3Error('InvalidArgument', { message: `${names} must be given together.`, details });
  }
  const isOtherMethod = selectable.length > 0 && selectable.every((other) => other.method !== method);
  return new S3Error(isOtherMethod ? 'MethodNotAllowed' : 'NotImplemented', { details });
}

function methodNotAllowed(resource: S3Resource): S3Error {
  if (resource !== 'service') return new S3Error('MethodNotAllowed');
  return new S3Error('MethodNotAllowed', {
    message:
      'The specified method is not allowed against the service itself. Name the bucket in the path (http://host/bucket/key): set forcePathStyle (or addressing_style = path) in your client.',
  });
}
