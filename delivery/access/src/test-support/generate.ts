// Random policies and requests. The words come from small pools with near misses, so that statements match about as often as
// not; everything follows from the seed of the case.
import type { PlainPolicies, PlainPolicy, PlainRequest, PlainStatement } from './reference-types.js';

/** mulberry32: fast, and good enough to choose words. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const accounts = ['111111111111', '222222222222'];
const canonicals: Record<string, string> = { '111111111111': 'a'.repeat(64), '222222222222': 'b'.repeat(64) };
const names = ['ana', 'bob', 'a*'];
const keys = ['a', 'ana/x', 'ana/y/z', 'bob/😀', 'b:c', 'x*y', ''];
const actions = ['s3:GetObject', 's3:PutObject', 's3:ListBucket', 's3:GetBucketPolicy', 's3:DeleteObject'];
const actionPatterns = [
  ...actions,
  '*',
  's3:*',
  's3:Get*',
  's3:?etObject',
  's3:*Object',
  's3:*t*b*',
  'S3:getobject',
  'iam:*',
];
const resourcePatterns = [
  '*',
  'arn:aws:s3:::*',
  'arn:aws:s3',
  'arn:aws:s3:::box',
  'arn:aws:s3:::box/*',
  'arn:aws:s3:::b?x/a*',
  'arn:aws:s3:::box/?',
  'arn:aws:s3:::box/bob/?',
  'arn:aws:s3:::box/*/*/*',
  'arn:aws:s3:::box/*y*',
  'arn:aws:s3:::other/*',
  'arn:aws:s3:*:*:box/a',
];
const variableResources = [
  'arn:aws:s3:::box/${aws:username}/*',
  "arn:aws:s3:::box/${aws:PrincipalTag/team, 'ana'}/*",
  'arn:aws:s3:::box/x${*}y',
  'arn:aws:s3:::box/${aws:PrincipalTag/Many}*',
];

export interface Case {
  policies: PlainPolicies;
  request: PlainRequest;
}

export function generateCase(seed: number): Case {
  const random = randomOf(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const some = <T>(list: readonly T[]): T | T[] =>
    chance(0.5) ? pick(list) : Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(list));

  const principalNames = () => [
    '*',
    pick(accounts),
    `arn:aws:iam::${pick(accounts)}:root`,
    `arn:aws:iam::${pick(accounts)}:user/${pick(['ana', 'bob'])}`,
    `arn:aws:iam::${pick(accounts)}:role/job`,
    `arn:aws:sts::${pick(accounts)}:assumed-role/job/one`,
    `arn:aws:sts::${pick(accounts)}:federated-user/ana`,
  ];
  /** What a principal of one account needs in NotPrincipal, or all but one of it. */
  const exceptions = () => {
    const account = pick(accounts);
    const all = [
      account,
      `arn:aws:iam::${account}:user/ana`,
      `arn:aws:iam::${account}:role/job`,
      `arn:aws:sts::${account}:assumed-role/job/one`,
      `arn:aws:sts::${account}:federated-user/ana`,
    ];
    const missing = pick(all);
    return chance(0.5) ? all : all.filter((name) => name !== missing);
  };
  const principalElement = (): unknown => {
    if (chance(0.2)) return '*';
    const element: Record<string, unknown> = {};
    if (chance(0.8)) element.AWS = some(principalNames());
    if (chance(0.2)) element.CanonicalUser = canonicals[pick(accounts)];
    if (chance(0.1)) element.Service = 'logging.s3.amazonaws.com';
    if (chance(0.1)) element.Federated = 'login.example';
    return Object.keys(element).length === 0 ? { AWS: some(principalNames()) } : element;
  };

  const condition = (variables: boolean): [string, string, unknown] => {
    const [operator, key, values] = pick(conditionPool(variables));
    const qualifier = operator !== 'Null' && chance(0.25) ? pick(['ForAllValues:', 'ForAnyValue:']) : '';
    return [`${qualifier}${operator}${operator !== 'Null' && chance(0.2) ? 'IfExists' : ''}`, key, some(values)];
  };
  const statement = (isResource: boolean, variables: boolean): PlainStatement => {
    const made: PlainStatement = { Effect: chance(0.25) ? 'Deny' : 'Allow' };
    const isException = isResource && made.Effect === 'Deny' && chance(0.4);
    if (isException) made.NotPrincipal = chance(0.5) ? { AWS: exceptions() } : principalElement();
    else if (isResource) made.Principal = principalElement();
    made[chance(0.85) ? 'Action' : 'NotAction'] = some(isResource ? actionPatterns.slice(0, -1) : actionPatterns);
    const pool = variables && chance(0.4) ? variableResources : resourcePatterns;
    made[chance(0.85) ? 'Resource' : 'NotResource'] = some(pool);
    if (chance(0.5)) {
      const blocks: Record<string, Record<string, unknown>> = {};
      for (let i = 0; i < 1 + Math.floor(random() * 2); i++) {
        const [operator, key, values] = condition(variables);
        const others = Object.entries(blocks[operator] ?? {}).filter(
          ([name]) => name.toLowerCase() !== key.toLowerCase(),
        );
        blocks[operator] = { ...Object.fromEntries(others), [key]: values };
      }
      made.Condition = blocks;
    }
    return made;
  };
  const policy = (isResource: boolean): PlainPolicy => {
    const variables = chance(0.7);
    const version = variables ? { Version: '2012-10-17' } : chance(0.5) ? { Version: '2008-10-17' } : {};
    const Statement = Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(isResource, variables));
    return { ...version, Statement };
  };

  const policies: PlainPolicies = {
    identity: Array.from({ length: Math.floor(random() * 3) }, () => policy(false)),
    resourceMustAllow: chance(0.1),
    isRestricted: false,
  };
  if (chance(0.25)) policies.boundary = policy(false);
  if (chance(0.25)) policies.session = Array.from({ length: Math.floor(random() * 3) }, () => policy(false));
  if (chance(0.75)) policies.resource = policy(true);
  if (chance(0.1)) policies.acl = pick(['account', 'everyone']);
  const key = pick(keys);
  const request = generatePrincipal(pick, {
    action: pick(actions),
    resource: `arn:aws:s3:::${pick(['box', 'box', 'other'])}${chance(0.7) ? `/${key}` : ''}`,
    resourceAccount: pick(accounts),
    keys: generateKeys(pick, chance),
  });
  if (policies.acl === 'account' && request.account === undefined) delete policies.acl;
  return { policies, request };
}

type Pick = <T>(list: readonly T[]) => T;

function generatePrincipal(
  pick: Pick,
  rest: { action: string; resource: string; resourceAccount: string; keys: PlainRequest['keys'] },
): PlainRequest {
  const account = pick(accounts);
  const canonicalId = canonicals[account]!;
  const name = pick(['ana', 'bob']);
  switch (
    pick(['anonymous', 'root', 'user', 'user', 'role-session', 'federated-user', 'service', 'federated'] as const)
  ) {
    case 'anonymous':
      return { kind: 'anonymous', ...rest };
    case 'root':
      return { kind: 'root', account, canonicalId, ...rest };
    case 'user':
      return { kind: 'user', account, canonicalId, arn: `arn:aws:iam::${account}:user/${name}`, ...rest };
    case 'role-session':
      return {
        kind: 'role-session',
        account,
        canonicalId,
        parentArn: `arn:aws:iam::${account}:role/job`,
        arn: `arn:aws:sts::${account}:assumed-role/job/${pick(['one', 'two'])}`,
        ...rest,
      };
    case 'federated-user':
      return {
        kind: 'federated-user',
        account,
        canonicalId,
        parentArn: `arn:aws:iam::${account}:user/${name}`,
        arn: `arn:aws:sts::${account}:federated-user/ana`,
        ...rest,
      };
    case 'service':
      return { kind: 'service', name: 'logging.s3.amazonaws.com', ...rest };
    default:
      return { kind: 'federated', name: 'login.example', ...rest };
  }
}

const addresses = ['203.0.113.7', '10.1.2.3', '::ffff:203.0.113.9', '2001:db8::1', '2001:db8:0:1::', 'nonsense'];
const dates = ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '1767225600', '2026-06-30', '2026', 'soon'];
const numbers = ['0', '10', '10.0', '1e1', '-3', '99.5', 'many'];

function generateKeys(pick: Pick, chance: (share: number) => boolean): PlainRequest['keys'] {
  const made: PlainRequest['keys'] = {};
  const offer = (key: string, values: () => string[]) => {
    if (chance(0.7)) made[key] = values();
  };
  offer('aws:username', () => [pick(names)]);
  offer('aws:principaltag/team', () => [pick(['ana', 'bob', 'a:b', ''])]);
  offer('aws:principaltag/many', () => pick([['ana'], ['ana', 'bob'], []]));
  offer('aws:sourceip', () => [pick(addresses)]);
  offer('aws:currenttime', () => [pick(dates)]);
  offer('s3:max-keys', () => [pick(numbers)]);
  offer('aws:securetransport', () => [pick(['true', 'false', 'TRUE', 'yes'])]);
  offer('aws:tagkeys', () => pick([[], [''], ['a'], ['a', 'b'], ['b', ''], ['A', 'c', 'a*']]));
  offer('aws:sourcearn', () => [
    pick(['arn:aws:s3:::box', 'arn:aws:sns:eu:111111111111:t:opic', 'no arn', 'arn:aws:s3:::a*']),
  ]);
  offer('aws:digest', () => [pick(['AAECAw==', 'AAEC', 'AAEC!', ''])]);
  return made;
}

/** Operators with a key that suits them and values to choose from. */
function conditionPool(variables: boolean): readonly [string, string, readonly unknown[]][] {
  const texts = ['ana', 'bob', 'a*', 'ANA', 'a?a', '*', 'a', 'b', ''];
  const withVariables = variables
    ? [...texts, '${aws:username}', "${aws:PrincipalTag/team, 'bob'}", 'a${*}', '${aws:PrincipalTag/Many}']
    : texts;
  const arns = ['arn:aws:s3:::box', 'arn:aws:s3:::b?x', 'arn:aws:*:*:*:*', 'arn:aws:sns:eu:*', '*', 'arn:aws:s3:::*'];
  const arnValues = variables
    ? [
        ...arns,
        '${aws:SourceArn}',
        'arn:aws:s3:::${aws:PrincipalTag/team}*',
        'arn:aws:${aws:PrincipalTag/team}:*:*:*:*',
      ]
    : arns;
  const ranges = [
    '203.0.113.0/24',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '2001:db8::/32',
    '2001:db8::1',
    '::ffff:203.0.113.0/120',
    '203.0.113.7',
  ];
  const dateValues = ['2026-01-01T00:00:00Z', 1767225600, '2026-06-30', '2025-12-31T23:59:59.5Z', '2026'];
  const numberValues = ['10', 10, 0, '-3', 99.5, '1e1'];
  const all: [string, string, readonly unknown[]][] = [];
  for (const operator of [
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
  ])
    for (const key of ['aws:username', 'aws:PrincipalTag/Team', 'aws:TagKeys', 'AWS:tagkeys'])
      all.push([operator, key, withVariables]);
  for (const operator of ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'])
    all.push([operator, 'aws:SourceArn', arnValues]);
  for (const operator of ['IpAddress', 'NotIpAddress'])
    for (const key of ['aws:SourceIp', 'aws:sourceip']) all.push([operator, key, ranges]);
  for (const order of ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']) {
    all.push([`Numeric${order}`, 's3:max-keys', numberValues]);
    all.push([`Date${order}`, 'aws:CurrentTime', dateValues]);
  }
  all.push(['Bool', 'aws:SecureTransport', ['true', 'false', true, false]]);
  all.push(['BinaryEquals', 'aws:digest', ['AAECAw==', 'AAEC', '']]);
  for (const key of ['aws:username', 'aws:TagKeys', 'aws:absent']) all.push(['Null', key, ['true', 'false', true]]);
  return all;
}
