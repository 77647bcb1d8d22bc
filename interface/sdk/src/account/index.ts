// @cess/sdk/account: sign-in to a gateway with a wallet.
import '../errors.js';

export { type Session, type SignInOptions, signInWithWallet } from './sign-in.js';
export {
  type EthereumProvider,
  ethereumWallet,
  extensionWallet,
  type InjectedTextSigner,
  keyWallet,
  type TextSigner,
} from './wallets.js';
