// Parameters of the query APIs: a form of names and values, lists as `Name.member.1`. Violations get the messages of Amazon.
import { IamError } from '../iam-error.js';

export interface TextRule {
  readonly pattern: RegExp;
  /** The pattern as the message shows it. */
  readonly shown: string;
  readonly max: number;
  readonly min?: number;
}

const rule = (shown: string, max: number, min = 1): TextRule => ({
  pattern: new RegExp(`^(?:${shown})$`, 'u'),
  shown,
  max,
  min,
});

/** `\w` in the patterns of Amazon means ASCII. */
const nameCharacters = '[A-Za-z0-9_+=,.@-]+';

export const rules = {
  userName: rule(nameCharacters, 64),
  groupName: rule(nameCharacters, 128),
  roleName: rule(nameCharacters, 64),
  policyName: rule(nameCharacters, 128),
  deviceName: rule(nameCharacters, 226),
  path: rule('/|/[\\u0021-\\u007E]+/', 512),
  pathPrefix: rule('/[\\u0021-\\u007E]*', 512),
  arn: rule('[\\u0020-\\u007E]+', 2048, 20),
  /** Of simulations: the ARN of a bucket can be short, and `*` stands for every resource. */
  resource: rule('[\\u0020-\\u00FF]+', 2048),
  serial: rule('[A-Za-z0-9_+=/:,.@-]+', 256, 9),
  accessKeyId: rule('[A-Za-z0-9_-]+', 128, 3),
  code: rule('[0-9]+', 6, 6),
  sessionName: rule('[A-Za-z0-9_+=,.@-]*', 64, 2),
  externalId: rule('[A-Za-z0-9_+=,.@:/-]*', 1224, 2),
  document: rule('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+', 131_072),
  description: rule('[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*', 1000, 0),
  marker: rule('[\\u0020-\\u00FF]+', 1024),
  walletToken: rule('[A-Za-z0-9+/=]+', 1024),
  walletSignature: rule('(0x)?([0-9A-Fa-f]{2})+', 132),
  ss58: rule('[1-9A-HJ-NP-Za-km-z]+', 64),
  versionId: rule('v[1-9][0-9]*', 16),
  keyReference: rule('[A-Za-z0-9:/_-]+', 2048),
  aliasName: rule('alias/[A-Za-z0-9/_-]+', 256),
  keyDescription: rule('[^\\u0000]*', 8192, 0),
  text: rule('[\\u0020-\\u00FF]*', 2048, 0),
} as const;

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
  readonly absent: number;
}

/** Most entries that a list parameter may have. */
const maxListLength = 1000;

export class Params {
  constructor(private readonly fields: ReadonlyMap<string, string>) {}

  optional(name: string, rule: TextRule): string | undefined {
    const value = this.fields.get(name);
    return value === undefined ? undefined : check(name, value, rule);
  }

  required(name: string, rule: TextRule): string {
    const value = this.fields.get(name);
    if (value === undefined) throw invalid(name, undefined, 'Member must not be null');
    return check(name, value, rule);
  }

  integer(name: string, { min, max, absent }: IntegerRange): number {
    const text = this.fields.get(name);
    if (text === undefined) return absent;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min)) throw invalid(name, text, `Member must have value greater than or equal to ${min}`);
    if (value > max) throw invalid(name, text, `Member must have value less than or equal to ${max}`);
    return value;
  }

  flag(name: string): boolean {
    return this.oneOf(name, ['true', 'false'], 'false') === 'true';
  }

  oneOf<T extends string>(name: string, values: readonly T[], absent?: T): T {
    const text = this.fields.get(name) ?? absent;
    const value = values.find((one) => one === text);
    if (value === undefined) {
      throw invalid(name, text, `Member must satisfy enum value set: [${values.join(', ')}]`);
    }
    return value;
  }

  /** `Name.member.1`, …; with `field`, `Name.member.1.field`, …. */
  list(name: string, rule: TextRule, field?: string): readonly string[] {
    const values: string[] = [];
    for (let index = 1; index <= maxListLength; index++) {
      const key = `${name}.member.${index}${field === undefined ? '' : `.${field}`}`;
      const value = this.fields.get(key);
      if (value === undefined) break;
      values.push(check(key, value, rule));
    }
    return values;
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }
}

function check(name: string, value: string, { pattern, shown, min = 1, max }: TextRule): string {
  if (value.length < min) throw invalid(name, value, `Member must have length greater than or equal to ${min}`);
  if (value.length > max) throw invalid(name, value, `Member must have length less than or equal to ${max}`);
  if (!pattern.test(value)) {
    throw invalid(name, value, `Member must satisfy regular expression pattern: ${shown}`);
  }
  return value;
}

function invalid(name: string, value: string | undefined, constraint: string): IamError {
  const shown = value === undefined ? 'null' : `'${value.slice(0, 256)}'`;
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return new IamError(
    'ValidationError',
    `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
