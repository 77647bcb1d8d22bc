// Compiled policies by name and text. Compiling takes longer than deciding, and many identities share a policy.
import { type CompiledPolicy, compilePolicy, parsePolicy } from '@cess/access';
import { BoundedCache } from '@cess/primitives';

type StoredKind = 'managed' | 'inline-user' | 'inline-group' | 'inline-role' | 'session' | 'trust';

const maxCompiled = 4_096;

export class PolicyCompiler {
  readonly #compiled = new BoundedCache<CompiledPolicy>(maxCompiled);

  /** Throws `POLICY_MALFORMED` for a document that the parser of this version refuses: nobody may act under half a policy. */
  compile(name: string, document: string, kind: StoredKind): CompiledPolicy {
    const key = `${kind}\0${name}\0${document}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = compilePolicy(parsePolicy(document, kind), name);
    this.#compiled.set(key, compiled);
    return compiled;
  }
}
