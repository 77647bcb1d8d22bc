// Names of events: which ones a configuration may ask for, what wildcards mean, and which event a change of an object is.
import type { ChangeKind, ObjectChange } from '@cess/object-index';

/** Amazon's list. Accepted names of features that this gateway lacks never occur. */
const families: Readonly<Record<string, readonly string[]>> = {
  'ObjectCreated:': ['Put', 'Post', 'Copy', 'CompleteMultipartUpload'],
  'ObjectRemoved:': ['Delete', 'DeleteMarkerCreated'],
  'ObjectRestore:': ['Post', 'Completed', 'Delete'],
  'Replication:': [
    'OperationFailedReplication',
    'OperationMissedThreshold',
    'OperationNotTracked',
    'OperationReplicatedAfterThreshold',
  ],
  'LifecycleExpiration:': ['Delete', 'DeleteMarkerCreated'],
  'ObjectTagging:': ['Put', 'Delete'],
};
const single = [
  'ObjectAcl:Put',
  'LifecycleTransition',
  'IntelligentTiering',
  'ReducedRedundancyLostObject',
  'TestEvent',
];

const known: ReadonlySet<string> = new Set(
  [
    ...single,
    ...Object.entries(families).flatMap(([family, members]) => ['*', ...members].map((member) => family + member)),
  ].map((name) => `s3:${name}`),
);

/** Whether a configuration may ask for it: the name of an event, or of a family as `s3:ObjectCreated:*`. */
export function isEventPattern(text: string): boolean {
  return known.has(text);
}

/** Whether an event, such as `ObjectCreated:Put`, is one that `pattern` asks for. */
export function matchesEvent(pattern: string, name: string): boolean {
  if (pattern.endsWith(':*')) return `s3:${name}`.startsWith(pattern.slice(0, -1));
  return pattern === `s3:${name}`;
}

/** Whether there is an event that both ask for. */
export function patternsOverlap(one: string, other: string): boolean {
  const plain = (pattern: string) => pattern.replace(/^s3:/, '');
  return one === other || matchesEvent(one, plain(other)) || matchesEvent(other, plain(one));
}

const created: Readonly<Record<string, string>> = {
  PostObject: 'ObjectCreated:Post',
  CopyObject: 'ObjectCreated:Copy',
  CompleteMultipartUpload: 'ObjectCreated:CompleteMultipartUpload',
};
const described: Readonly<Record<string, string>> = {
  PutObjectTagging: 'ObjectTagging:Put',
  DeleteObjectTagging: 'ObjectTagging:Delete',
  PutObjectAcl: 'ObjectAcl:Put',
  Lifecycle: 'LifecycleTransition',
};

/** The event of a change; undefined for a change that Amazon has no event for, such as that of a retention. */
export function eventOf({ kind, origin }: Pick<ObjectChange, 'kind' | 'origin'>): string | undefined {
  const family = origin.operation === 'Lifecycle' ? 'LifecycleExpiration' : 'ObjectRemoved';
  const names: Readonly<Record<ChangeKind, string | undefined>> = {
    created: created[origin.operation] ?? 'ObjectCreated:Put',
    described: described[origin.operation],
    removed: `${family}:Delete`,
    marked: `${family}:DeleteMarkerCreated`,
  };
  return names[kind];
}
