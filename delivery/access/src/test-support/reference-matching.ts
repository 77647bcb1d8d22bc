// The matching of the plain evaluator (reference.ts): wildcards, variables, ARNs, conditions.
import type { PlainRequest } from './reference-types.js';

export const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** One character of a pattern, `any` for `*`, `one` for `?`. */
type Symbol = { char: string } | 'any' | 'one';

/** Text and wildcards of a value; null if a variable has no value. */
function symbols(value: string, request: PlainRequest, variables: boolean, wildcards: boolean): Symbol[] | null {
  const out: Symbol[] = [];
  const literal = (text: string) => {
    for (const char of text) out.push({ char });
  };
  const characters = [...value];
  for (let i = 0; i < characters.length; i++) {
    const char = characters[i]!;
    if (variables && char === '$' && characters[i + 1] === '{') {
      const close = characters.indexOf('}', i);
      const inside = characters.slice(i + 2, close).join('');
      i = close;
      if (inside === '*' || inside === '?' || inside === '$') {
        literal(inside);
        continue;
      }
      const comma = inside.indexOf(',');
      const key = (comma < 0 ? inside : inside.slice(0, comma)).trim().toLowerCase();
      const present = request.keys[key];
      if (present !== undefined && present.length === 1) literal(present[0]!);
      else if (comma >= 0) literal(inside.slice(inside.indexOf("'") + 1, inside.lastIndexOf("'")));
      else return null;
    } else if (wildcards && char === '*') out.push('any');
    else if (wildcards && char === '?') out.push('one');
    else out.push({ char });
  }
  return out;
}

/** Fills the whole table of prefixes of pattern and text. */
function symbolsMatch(pattern: Symbol[], text: string): boolean {
  const chars = [...text];
  let row = chars.map(() => false);
  row.unshift(true);
  for (const symbol of pattern) {
    const next: boolean[] = [];
    for (let j = 0; j <= chars.length; j++) {
      if (symbol === 'any') next[j] = row[j]! || (j > 0 && next[j - 1]!);
      else if (symbol === 'one') next[j] = j > 0 && row[j - 1]!;
      else next[j] = j > 0 && row[j - 1]! && chars[j - 1] === symbol.char;
    }
    row = next;
  }
  return row[chars.length]!;
}

export function plainMatch(pattern: string, text: string): boolean {
  return symbolsMatch(symbols(pattern, { keys: {} } as PlainRequest, false, true)!, text);
}

export function arnMatches(value: string, arn: string, request: PlainRequest, variables: boolean): boolean {
  if (value === '*') return true;
  const fields = arn.split(':');
  if (fields.length < 6) return false;
  const target = [...fields.slice(0, 5), fields.slice(5).join(':')];
  const written = cutOutsideVariables(value, variables);
  if (variables && written.length < 6 && value.includes('${')) {
    // The ARN comes from a variable: replace first, then cut.
    const replaced = symbols(value, request, true, true);
    if (replaced === null) return false;
    const parts: Symbol[][] = [[]];
    for (const symbol of replaced) {
      if (typeof symbol === 'object' && symbol.char === ':' && parts.length < 6) parts.push([]);
      else parts[parts.length - 1]!.push(symbol);
    }
    if (parts.length === 1 && parts[0]!.length === 1 && parts[0]![0] === 'any') return true;
    return target.every((field, i) => parts[i] === undefined || symbolsMatch(parts[i]!, field));
  }
  return target.every((field, i) => {
    const text = written[i];
    if (text === undefined) return true;
    const pattern = symbols(text, request, variables, true);
    return pattern !== null && symbolsMatch(pattern, field);
  });
}

function cutOutsideVariables(value: string, variables: boolean): string[] {
  const parts = [''];
  let depth = 0;
  let previous = '';
  for (const char of value) {
    if (variables && previous === '$' && char === '{') depth = 1;
    if (char === '}') depth = 0;
    if (char === ':' && depth === 0 && parts.length < 6) parts.push('');
    else parts[parts.length - 1] += char;
    previous = char;
  }
  return parts;
}

function valueTest(
  operator: string,
  policy: unknown,
  value: string,
  request: PlainRequest,
  variables: boolean,
): boolean {
  const text = String(policy);
  const same = (pattern: Symbol[] | null) => pattern !== null && symbolsMatch(pattern, value);
  if (operator === 'StringEquals') return same(symbols(text, request, variables, false));
  if (operator === 'StringLike') return same(symbols(text, request, variables, true));
  if (operator === 'StringEqualsIgnoreCase') {
    const wanted = symbols(text, request, variables, false);
    if (wanted === null) return false;
    return (
      wanted
        .map((symbol) => (symbol as { char: string }).char)
        .join('')
        .toLowerCase() === value.toLowerCase()
    );
  }
  if (operator === 'ArnEquals' || operator === 'ArnLike') return arnMatches(text, value, request, variables);
  if (operator === 'Bool' || operator === 'Null') return text.toLowerCase() === value.toLowerCase();
  if (operator === 'BinaryEquals') return Buffer.from(text, 'base64').toString('hex') === plainBytes(value);
  if (operator === 'IpAddress') return plainInRange(value, text);
  const numbers = operator.startsWith('Numeric');
  const left = numbers ? plainNumber(value) : plainDate(value);
  const right = numbers ? plainNumber(text) : plainDate(text);
  if (Number.isNaN(left) || Number.isNaN(right)) return false;
  const order = operator.replace(/^(Numeric|Date)/, '');
  if (order === 'Equals') return left === right;
  if (order === 'LessThan') return left < right;
  if (order === 'LessThanEquals') return left < right || left === right;
  if (order === 'GreaterThan') return left > right;
  return left > right || left === right;
}

const plainNumber = (text: string) => (/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN);
const plainBytes = (text: string) => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('hex') : 'no base64';
};
function plainDate(text: string): number {
  if (/^\d{4}$/.test(text)) return Date.parse(`${text}-01-01T00:00:00Z`);
  return /^\d+$/.test(text) ? Number(text) * 1000 : new Date(text).getTime();
}

/** The bits of an address as text. */
function addressBits(text: string): string | null {
  const byte = (n: number) => n.toString(2).padStart(8, '0');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text))
    return text
      .split('.')
      .map((part) => byte(Number(part)))
      .join('');
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(':')) return null;
  const last = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (n: string, m: string) => (Number(n) * 256 + Number(m)).toString(16);
  const whole = last ? `${text.slice(0, last.index)}${hex(last[1]!, last[2]!)}:${hex(last[3]!, last[4]!)}` : text;
  const [left = '', right] = whole.split('::');
  const groups = (side: string) => (side === '' ? [] : side.split(':'));
  const middle = right === undefined ? [] : new Array(8 - groups(left).length - groups(right).length).fill('0');
  const all = [...groups(left), ...middle, ...groups(right ?? '')];
  if (all.length !== 8) return null;
  const bits = all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
  return bits.startsWith('0'.repeat(80) + '1'.repeat(16)) ? bits.slice(96) : bits;
}

function plainInRange(address: string, range: string): boolean {
  const [base = '', length] = range.split('/');
  const wanted = addressBits(base);
  const bits = addressBits(address);
  if (wanted === null || bits === null || wanted.length !== bits.length) return false;
  const isShortened = wanted.length === 32 && base.includes(':');
  const prefix = length === undefined ? bits.length : Number(length) - (isShortened ? 96 : 0);
  return wanted.slice(0, prefix) === bits.slice(0, prefix);
}

export function conditionHolds(
  name: string,
  key: string,
  given: unknown,
  request: PlainRequest,
  variables: boolean,
): boolean {
  let operator = name;
  let quantifier = '';
  if (operator.includes(':')) [quantifier, operator] = operator.split(':') as [string, string];
  const optional = operator.endsWith('IfExists');
  if (optional) operator = operator.slice(0, -8);
  const policyValues = listOf(given);
  const values = request.keys[key.toLowerCase()] ?? [];
  if (operator === 'Null')
    return policyValues.some((value) => (String(value).toLowerCase() === 'true') === (values.length === 0));
  if (values.length === 0 && optional) return true;
  const negated = /Not/.test(operator);
  const base = operator.replace('NotIpAddress', 'IpAddress').replace('Not', '');
  const matchesAny = (value: string) =>
    policyValues.some((policy) => valueTest(base, policy, value, request, variables));
  const passes = (value: string) => (negated ? !matchesAny(value) : matchesAny(value));
  if (quantifier === 'ForAllValues') return values.filter((value) => value !== '').every(passes);
  if (quantifier === 'ForAnyValue') return values.some(passes);
  return negated ? !values.some(matchesAny) : values.some(matchesAny);
}
