// The rules about headers of one operation. Handlers get them with the context: a form states in its fields what other requests
// state in headers.
import { headerActions } from '../access/header-actions.js';
import type { OperationRules } from '../context.js';
import { checkHeaders, headerRule } from './header-check.js';

export function rulesOf(operation: string): OperationRules {
  return {
    check: (headers) => checkHeaders(operation, headers),
    neededActions: (headers) => headerActions(operation, headers),
    isHarmless: (header) => headerRule(operation, header)?.treatment === 'harmless',
  };
}
