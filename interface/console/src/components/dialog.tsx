// Modal dialogs over the element of the browser, which keeps the focus inside and gives it back.
import { type ReactNode, type SubmitEvent, type SyntheticEvent, useId, useLayoutEffect, useRef } from 'react';
import { Button } from './button.js';
import { useTexts } from './context.js';

interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly onClose: () => void;
  /** A panel at the side takes the whole height. */
  readonly isPanel?: boolean;
}

export function Dialog({ title, children, onClose, isPanel = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const { t } = useTexts();
  const isRemoved = useRef(false);
  // A layout effect: its cleanup runs while the dialog is in the document, so that closing gives the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    isRemoved.current = false;
    dialog?.showModal();
    // The browser would choose the first button.
    dialog?.querySelector<HTMLElement>('[data-first-focus]')?.focus();
    return () => {
      isRemoved.current = true;
      dialog?.close();
    };
  }, []);
  // React passes the events of a dialog within this one on to it.
  const closeOnce = (event: SyntheticEvent) => {
    if (event.target !== event.currentTarget || isRemoved.current) return;
    // The browser reports a close of its own only later: whoever opens the dialog again before that would see it vanish.
    event.preventDefault();
    onClose();
  };
  return (
    <dialog
      ref={ref}
      className={isPanel ? 'panel' : ''}
      aria-labelledby={titleId}
      onCancel={closeOnce}
      onClose={closeOnce}
    >
      <div className="content">
        <div className="row between">
          <h2 id={titleId} className="break">
            {title}
          </h2>
          <Button icon="close" kind="quiet" label={t('action.close')} onClick={onClose} />
        </div>
        {children}
      </div>
    </dialog>
  );
}

interface FormDialogProps {
  readonly title: string;
  /** Undefined: there is nothing to submit yet. */
  readonly submit: string | undefined;
  readonly isDanger?: boolean;
  readonly isBusy?: boolean;
  readonly failure?: string | undefined;
  readonly children: ReactNode;
  readonly onClose: () => void;
  readonly onSubmit: () => void;
  /** Stands below the form and is not submitted with it. */
  readonly below?: ReactNode;
}

/** A dialog whose fields are submitted together. */
export function FormDialog(props: FormDialogProps) {
  const { title, submit, isDanger = false, isBusy = false, failure, children, onClose, onSubmit, below } = props;
  const { t } = useTexts();
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={send}>
        {children}
        {failure === undefined ? null : (
          <p className="notice bad" role="alert">
            {failure}
          </p>
        )}
        <div className="row">
          {submit === undefined ? null : (
            <Button type="submit" kind={isDanger ? 'danger' : 'primary'} disabled={isBusy}>
              {submit}
            </Button>
          )}
          <Button onClick={onClose}>{t('action.cancel')}</Button>
        </div>
      </form>
      {below}
    </Dialog>
  );
}
