// Compiled policies: wildcards and condition values are prepared once, when a policy is stored or loaded. Compiled policies
// are immutable and can be shared by all requests.
import { invariant } from '@cess/primitives';
import { Condition } from '../conditions/condition.js';
import { ArnTemplate } from '../matching/arn.js';
import type { Matcher, Work } from '../matching/parts.js';
import { compilePattern } from '../matching/pattern.js';
import type { Lookup } from '../matching/template.js';
import type {
  PatternElement,
  PolicyDocument,
  PolicyStatement,
  PolicyVersion,
  PrincipalElement,
} from '../policy/document.js';
import { isPublicPolicy } from '../policy/public.js';

export interface CompiledPolicy {
  /** The name by which a decision refers to the policy. */
  readonly name: string;
  /** Whether Amazon would call the policy public; only bucket policies are ever so. */
  readonly isPublic: boolean;
  readonly allows: readonly CompiledStatement[];
  readonly denies: readonly CompiledStatement[];
}

/** What statements are compared with. */
export interface RequestView {
  /** In lower case. */
  readonly action: string;
  /** The fields of the ARN. */
  readonly resource: readonly string[];
  readonly lookup: Lookup;
  readonly work: Work;
}

export function compilePolicy(document: PolicyDocument, name: string): CompiledPolicy {
  const statements = document.statements.map(
    (statement, index) => new CompiledStatement(statement, index, document.version),
  );
  return {
    name,
    isPublic: isPublicPolicy(document),
    allows: statements.filter(({ effect }) => effect === 'Allow'),
    denies: statements.filter(({ effect }) => effect === 'Deny'),
  };
}

export class CompiledStatement {
  readonly effect: 'Allow' | 'Deny';
  readonly sid: string | undefined;
  readonly principals: PrincipalElement | undefined;
  readonly #actions: ActionSet;
  readonly #resources: ResourceSet | undefined;
  readonly #conditions: readonly Condition[];

  constructor(
    statement: PolicyStatement,
    /** Position in the document, from 0. */
    readonly index: number,
    version: PolicyVersion,
  ) {
    this.effect = statement.effect;
    this.sid = statement.sid;
    this.principals = statement.principals;
    this.#actions = new ActionSet(statement.actions);
    this.#resources =
      statement.resources === undefined ? undefined : new ResourceSet(statement.resources, version === '2012-10-17');
    this.#conditions = statement.conditions.map((condition) => new Condition(condition, version));
  }

  /** Whether everything but the principal matches. */
  matches({ action, resource, lookup, work }: RequestView): boolean {
    work.steps++;
    if (!this.#actions.includes(action, work)) return false;
    if (this.#resources?.includes(resource, lookup, work) === false) return false;
    return this.#conditions.every((condition) => condition.holds(lookup, work));
  }
}

class ActionSet {
  /** Names without wildcards, looked up at once. */
  readonly #names: ReadonlySet<string>;
  readonly #patterns: readonly Matcher[];
  readonly #isNegated: boolean;

  constructor({ isNegated, patterns }: PatternElement) {
    const lowered = patterns.map((pattern) => pattern.toLowerCase());
    const hasWildcard = (pattern: string) => /[*?]/.test(pattern);
    this.#isNegated = isNegated;
    this.#names = new Set(lowered.filter((pattern) => !hasWildcard(pattern)));
    this.#patterns = lowered.filter(hasWildcard).map(compilePattern);
  }

  includes(action: string, work: Work): boolean {
    work.steps++;
    const isNamed = this.#names.has(action) || this.#patterns.some((pattern) => pattern.matches(action, work));
    return isNamed !== this.#isNegated;
  }
}

class ResourceSet {
  readonly #patterns: readonly ArnTemplate[];
  readonly #isNegated: boolean;

  constructor({ isNegated, patterns }: PatternElement, allowsVariables: boolean) {
    this.#isNegated = isNegated;
    this.#patterns = patterns.map((pattern) => {
      const template = ArnTemplate.compile(pattern, { allowsVariables });
      invariant(template !== undefined, `the parser accepts no resource such as ${pattern}`);
      return template;
    });
  }

  includes(resource: readonly string[], lookup: Lookup, work: Work): boolean {
    const isNamed = this.#patterns.some((pattern) => pattern.matchesFields(resource, lookup, work));
    return isNamed !== this.#isNegated;
  }
}
