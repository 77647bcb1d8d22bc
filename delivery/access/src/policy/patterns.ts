// What actions and resources of a policy may look like.
import { policyError } from '../errors.js';
import { parseTemplate } from '../matching/template.js';

/** `*`, or a service, a colon and the name of an action with wildcards. */
export function assertActionPattern(pattern: string, at: string): void {
  if (pattern !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(pattern))
    throw policyError(at, `holds "${pattern}"; an action is "*" or has the form "service:Action"`);
}

/** `*`, or an ARN. Amazon completes an ARN that lacks fields by wildcards. */
export function assertResourcePattern(pattern: string, at: string, allowsVariables: boolean): void {
  const template = parseTemplate(pattern, { allowsVariables, allowsWildcards: true });
  if (template === undefined) throw policyError(at, `holds "${pattern}" with a policy variable that is not valid`);
  if (pattern === '*') return;
  const [scheme, partition, service] = pattern.split(':', 3);
  if (scheme !== 'arn' || partition === undefined || partition === '')
    throw policyError(at, `holds "${pattern}"; a resource is "*" or an ARN such as "arn:aws:s3:::bucket/key"`);
  if (service !== undefined && service !== '*' && !/^[a-z0-9-]+$/.test(service))
    throw policyError(at, `holds "${pattern}"; the service of an ARN takes no wildcards`);
  const fixed = pattern.split(':', 5).slice(0, 5).join(':');
  if (allowsVariables && fixed.includes('${'))
    throw policyError(at, `holds "${pattern}"; policy variables may stand only after the fifth colon`);
}
