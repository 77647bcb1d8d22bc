// Who makes a request, and whether an element Principal or NotPrincipal names them.
import type { PrincipalElement } from '../policy/document.js';

/** Who makes a request. ARNs have the forms that Amazon documents; `account` has twelve digits. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'root'; readonly account: string; readonly canonicalId?: string }
  | { readonly kind: 'user'; readonly account: string; readonly canonicalId?: string; readonly arn: string }
  | {
      readonly kind: 'role-session';
      readonly account: string;
      readonly canonicalId?: string;
      readonly roleArn: string;
      /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
      readonly arn: string;
    }
  | {
      /** A user who narrowed their own permissions by GetFederationToken. */
      readonly kind: 'federated-user';
      readonly account: string;
      readonly canonicalId?: string;
      readonly userArn: string;
      /** `arn:aws:sts::<account>:federated-user/<name>`. */
      readonly arn: string;
    }
  | { readonly kind: 'service'; readonly service: string }
  /** Someone whom an identity provider vouches for, while they assume a role. */
  | { readonly kind: 'federated'; readonly provider: string };

/**
 * How directly a statement names the principal, which decides what else must allow a request within one account. `account`
 * only lets the administrators of the account grant, `everyone` grants to anonymous requests, too, `identity` and `session`
 * name the principal. In ascending order: what a grant allows, those after it allow as well.
 */
export type Reach = 'account' | 'everyone' | 'identity' | 'session';

export function accountOf(principal: Principal): string | undefined {
  return 'account' in principal ? principal.account : undefined;
}

/** How the element Principal names the principal; undefined if it does not. */
export function reachOf(element: PrincipalElement, principal: Principal): Reach | undefined {
  if (element.isNegated) return undefined;
  const direct = directReach(element, principal);
  if (direct !== undefined) return direct;
  if (element.isEveryone) return 'everyone';
  return namesAccount(element, principal) ? 'account' : undefined;
}

function directReach(element: PrincipalElement, principal: Principal): Reach | undefined {
  switch (principal.kind) {
    case 'service':
      return element.services.includes(principal.service) ? 'identity' : undefined;
    case 'federated':
      return element.providers.includes(principal.provider) ? 'identity' : undefined;
    case 'user':
      return element.arns.includes(principal.arn) ? 'identity' : undefined;
    case 'role-session':
      if (element.arns.includes(principal.arn)) return 'session';
      return element.arns.includes(principal.roleArn) ? 'identity' : undefined;
    case 'federated-user':
      if (element.arns.includes(principal.arn)) return 'session';
      return element.arns.includes(principal.userArn) ? 'identity' : undefined;
    default:
      return undefined;
  }
}

function namesAccount(element: PrincipalElement, principal: Principal): boolean {
  if (!('account' in principal)) return false;
  const { account, canonicalId } = principal;
  return (
    element.accounts.includes(account) || (canonicalId !== undefined && element.canonicalIds.includes(canonicalId))
  );
}

/**
 * Whether the element NotPrincipal, which stands only in statements that deny, denies the principal. Amazon checks account,
 * role and session one after another, so it exempts only a principal of whom it names each; an account in the list exempts
 * its root alone. It denies every principal with a permissions boundary, whatever it lists.
 */
export function isDeniedByNotPrincipal(element: PrincipalElement, principal: Principal, hasBoundary: boolean): boolean {
  if (element.isEveryone) return false;
  if (hasBoundary) return true;
  const names = (arn: string) => element.arns.includes(arn);
  switch (principal.kind) {
    case 'anonymous':
      return true;
    case 'service':
    case 'federated':
      return directReach(element, principal) === undefined;
    case 'root':
      return !namesAccount(element, principal);
    case 'user':
      return !(namesAccount(element, principal) && names(principal.arn));
    case 'role-session':
      return !(namesAccount(element, principal) && names(principal.roleArn) && names(principal.arn));
    case 'federated-user':
      return !(namesAccount(element, principal) && names(principal.userArn) && names(principal.arn));
  }
}
