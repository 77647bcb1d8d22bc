// Messages of voters, which pass several hands in a process: each is encoded and decoded once, and each vote verified once.
import { decodeMessage, encodeMessage, type Message, type SignedVote } from '@cess/consensus';
import type { SignatureScheme } from '@cess/crypto';

const judgedBy = new WeakMap<SignatureScheme, WeakMap<SignedVote, boolean>>();

/** Shared by all voters of a process: whether a signature is right does not depend on who asks. */
export function judgedVotes(signatures: SignatureScheme): WeakMap<SignedVote, boolean> {
  let votes = judgedBy.get(signatures);
  if (votes === undefined) {
    votes = new WeakMap();
    judgedBy.set(signatures, votes);
  }
  return votes;
}

/** The same message goes to every peer. */
const encodedMessages = new WeakMap<Message, Uint8Array>();

export function encodeOnce(message: Message): Uint8Array {
  let encoded = encodedMessages.get(message);
  if (encoded === undefined) {
    encoded = encodeMessage(message);
    encodedMessages.set(message, encoded);
  }
  return encoded;
}

/** Messages by their bytes: a message is judged first, and then handled. */
const decodedMessages = new WeakMap<Uint8Array, Message>();

export function decodeOnce(content: Uint8Array): Message {
  let message = decodedMessages.get(content);
  if (message === undefined) {
    message = decodeMessage(content);
    decodedMessages.set(content, message);
  }
  return message;
}
