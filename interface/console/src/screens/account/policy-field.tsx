// The text of a policy document. What is wrong with it stands below while it is typed: what is no JSON is found here, everything else by
// the gateway, where the reader may ask it (`iam:SimulateCustomPolicy`).
import { useEffect, useState } from 'react';
import { ApiError } from '../../api/http.js';
import { checkPolicy } from '../../api/iam.js';
import { useTexts } from '../../components/context.js';
import { TextArea } from '../../components/text-area.js';
import type { Action } from '../../components/use-action.js';

interface PolicyFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Who may assume a role; only the gateway says when it is saved whether such a document is sound. */
  readonly isTrust?: boolean;
  readonly state: Action['state'];
}

const pauseMs = 500;
/** Answers that concern the document, and not its name or the rights of the reader. */
const codesOfDocument = ['MalformedPolicyDocument', 'LimitExceeded'];

export function PolicyField({ value, onChange, isTrust = false, state }: PolicyFieldProps) {
  const { t } = useTexts();
  const refusal = refusalOf(state);
  const syntax = syntaxProblemOf(value);
  const check = useCheck(value, !isTrust && syntax === undefined && refusal === undefined && !state.isBusy);
  const found = syntax === undefined ? undefined : t('policies.invalid', { reason: syntax });
  const problem = found ?? refusal ?? (check === 'unknown' || check === 'sound' ? undefined : check.problem);
  return (
    <TextArea
      label={t(isTrust ? 'roles.trust' : 'policies.document')}
      value={value}
      onChange={onChange}
      rows={14}
      hint={t(check === 'sound' ? 'policies.sound' : 'policies.valid')}
      problem={problem}
      isRefused={found === undefined && refusal !== undefined}
    />
  );
}

/** A failure for the form; the field shows those of the document. */
export function formFailureOf(state: Action['state']): Action['state'] {
  return refusalOf(state) === undefined ? state : { ...state, failure: undefined };
}

function refusalOf({ failure, code = '' }: Action['state']): string | undefined {
  return codesOfDocument.includes(code) ? failure : undefined;
}

type Check = 'unknown' | 'sound' | { readonly problem: string };

/** What the gateway says about a text that has not changed for a moment. */
function useCheck(text: string, isWanted: boolean): Check {
  const [checked, setChecked] = useState<{ readonly text: string; readonly result: Check }>();
  const [mayAsk, setMayAsk] = useState(true);
  useEffect(() => {
    if (!isWanted || !mayAsk) return;
    let isCurrent = true;
    const settle = (result: Check) => isCurrent && setChecked({ text, result });
    const timer = setTimeout(() => {
      checkPolicy(text).then(
        () => settle('sound'),
        (error: unknown) => {
          if (!(error instanceof ApiError) || !codesOfDocument.includes(error.code)) setMayAsk(false);
          else settle({ problem: error.message });
        },
      );
    }, pauseMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text, isWanted, mayAsk]);
  return isWanted && checked?.text === text ? checked.result : 'unknown';
}

/** Why a text is no JSON. */
function syntaxProblemOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
