// A labelled field of a form.
import { useId } from 'react';

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly type?: 'text' | 'password' | 'search';
  readonly autoComplete?: string;
  readonly inputMode?: 'numeric';
  readonly pattern?: string;
  readonly isRequired?: boolean;
  readonly hasFocus?: boolean;
  readonly isMono?: boolean;
}

export function Field(props: FieldProps) {
  const { label, value, onChange, hint, isRequired = false, hasFocus = false, isMono = false, ...input } = props;
  const hintId = useId();
  return (
    <label className="field">
      <span>{label}</span>
      <input
        {...input}
        className={isMono ? 'input mono' : 'input'}
        value={value}
        required={isRequired}
        // biome-ignore lint/a11y/noAutofocus: the first field of a dialog or of the sign-in, where the focus belongs
        autoFocus={hasFocus}
        data-first-focus={hasFocus ? '' : undefined}
        aria-describedby={hint === undefined ? undefined : hintId}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint === undefined ? null : <small id={hintId}>{hint}</small>}
    </label>
  );
}
