// Buttons: with text, or an icon that has a label.
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.js';

export interface ButtonProps {
  readonly children?: ReactNode;
  readonly icon?: IconName;
  /** Names a button without text. */
  readonly label?: string;
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  readonly onClick?: () => void;
}

export function Button({ children, icon, label, kind = 'plain', type = 'button', disabled, onClick }: ButtonProps) {
  const classes = ['button', kind, children === undefined ? 'icon-only' : ''].join(' ');
  return (
    <button className={classes} type={type} disabled={disabled} onClick={onClick} aria-label={label} title={label}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}
