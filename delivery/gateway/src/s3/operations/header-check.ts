// Applies the header rules to a request.
import { S3Error } from '../errors.js';
import { type HeaderRule, headerRules, limitingHttpHeaders } from './request-headers.js';

/** The rule for a header (lower-case) of an operation; undefined: the header is refused. */
export function headerRule(operation: string, header: string): HeaderRule | undefined {
  return headerRules.find(
    ({ headers, operations, except = [] }) =>
      headers.some((name) => (name.endsWith('*') ? header.startsWith(name.slice(0, -1)) : name === header)) &&
      (operations === undefined || operations.some((name) => name === operation)) &&
      !except.some((name) => name === operation),
  );
}

/** True for headers that an operation must not ignore without a rule. */
export function needsRule(header: string): boolean {
  return header.startsWith('x-amz-') || limitingHttpHeaders.some((name) => name === header);
}

/** Throws unless every header that can limit the request is honoured or harmless. */
export function checkHeaders(operation: string, headers: Readonly<Record<string, string>>): void {
  for (const [header, value] of Object.entries(headers)) {
    if (!needsRule(header)) continue;
    const rule = headerRule(operation, header);
    if (rule !== undefined && (rule.values === undefined || rule.values.includes(value.trim().toLowerCase()))) continue;
    throw new S3Error(rule?.code ?? 'NotImplemented', { details: { Header: header.slice(0, 255) } });
  }
}
