// A labelled field of several lines, with what is wrong with it below.
import { type ReactNode, useId } from 'react';

interface TextAreaProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows: number;
  readonly hint?: string;
  /** Why the value cannot be taken; stands in the place of the hint. */
  readonly problem?: ReactNode;
  /** The problem answers something that the reader did, so it is announced at once. */
  readonly isRefused?: boolean;
  readonly isRequired?: boolean;
}

export function TextArea(props: TextAreaProps) {
  const { label, value, onChange, rows, hint, problem, isRefused = false, isRequired = false } = props;
  const noteId = useId();
  const isWrong = problem !== undefined;
  return (
    <div className="field">
      <label className="field">
        <span>{label}</span>
        <textarea
          className="input"
          rows={rows}
          spellCheck={false}
          value={value}
          required={isRequired}
          aria-invalid={isWrong}
          aria-describedby={noteId}
          onChange={(event) => onChange(event.target.value)}
        />
      </label>
      <small
        key={isRefused ? 'refused' : 'note'}
        id={noteId}
        className={isWrong ? 'wrong' : ''}
        role={isRefused ? 'alert' : 'status'}
      >
        {problem ?? hint}
      </small>
    </div>
  );
}
