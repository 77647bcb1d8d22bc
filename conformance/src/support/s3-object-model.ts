// One key of an S3 bucket as a sequential object: what each request may answer, and what it leaves.
import type { Model } from './linearizability.js';

export type Condition =
  | { readonly type: 'none' }
  | { readonly type: 'absent' }
  | { readonly type: 'is'; readonly content: string };

/** A request with its outcome; `unknown` where the connection ended without an answer. */
export type ObjectOperation =
  | {
      readonly type: 'put';
      readonly content: string;
      readonly condition: Condition;
      readonly outcome: 'ok' | 'refused' | 'unknown';
    }
  | { readonly type: 'get'; readonly outcome: string | undefined }
  | { readonly type: 'delete'; readonly outcome: 'ok' | 'unknown' }
  | { readonly type: 'get-version'; readonly content: string; readonly outcome: 'there' | 'missing' }
  | { readonly type: 'delete-version'; readonly content: string; readonly outcome: 'ok' | 'unknown' }
  | { readonly type: 'list'; readonly outcome: readonly string[] };

/** Versions, the newest first: contents, which no two puts share, and delete markers. */
type Versions = readonly string[];

/** How a delete marker stands in the list of versions. */
export const marker = 'marker';

const current = ([newest]: Versions): string | undefined => (newest === marker ? undefined : newest);

function holds(condition: Condition, versions: Versions): boolean {
  if (condition.type === 'none') return true;
  return current(versions) === (condition.type === 'is' ? condition.content : undefined);
}

/** The key in a bucket that keeps versions, or in one that does not. */
export function objectModel({ keepsVersions }: { readonly keepsVersions: boolean }): Model<Versions, ObjectOperation> {
  const changed = (versions: Versions, outcome: 'ok' | 'unknown', after: Versions) =>
    outcome === 'ok' ? [after] : [versions, after];
  return {
    initial: [],
    keyOf: (versions) => versions.join(' '),
    next: (versions, operation) => {
      switch (operation.type) {
        case 'get':
          return operation.outcome === current(versions) ? [versions] : [];
        case 'put': {
          const after = keepsVersions ? [operation.content, ...versions] : [operation.content];
          const isTrue = holds(operation.condition, versions);
          if (operation.outcome === 'unknown') return isTrue ? [versions, after] : [versions];
          return isTrue === (operation.outcome === 'ok') ? [isTrue ? after : versions] : [];
        }
        case 'delete':
          return changed(versions, operation.outcome, keepsVersions ? [marker, ...versions] : []);
        case 'get-version':
          return versions.includes(operation.content) === (operation.outcome === 'there') ? [versions] : [];
        case 'delete-version':
          return changed(
            versions,
            operation.outcome,
            versions.filter((one) => one !== operation.content),
          );
        case 'list':
          return operation.outcome.join(' ') === versions.join(' ') ? [versions] : [];
      }
    },
  };
}
