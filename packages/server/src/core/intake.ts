/**
 * One update of one connection at the gate: taken in, or refused and noted for where it came from. What its author is told, and what
 * becomes of the connection, is the reader's. Knows no message.
 */
import { CometpadError } from '@cometpad/shared'
import type { ErrorCode, Offset } from '@cometpad/shared'
import type { Refusals } from './refusals.ts'
import type { Rights } from './rights.ts'
import type { Room, Verdict } from './room.ts'

interface Sender {
  readonly author: object
  readonly rights: Rights
  readonly source: string | undefined
}

type Taken =
  | { readonly kind: 'accepted'; readonly offset: Offset }
  /** For `waitMs` nothing of the kind may come from there; 0: it may. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly waitMs: number }

/** Throws what ends the connection. */
export function takeIn(update: Uint8Array, room: Room, sender: Sender, refusals: Refusals): Taken {
  const note = (code: ErrorCode): number => {
    const { documentId } = room
    return refusals.note({ documentId, subject: sender.rights.grant.subject, code, update }, sender.source)
  }
  if (!sender.rights.allow('editor')) return { kind: 'refused', code: 'READ_ONLY', waitMs: note('READ_ONLY') }
  let verdict: Verdict
  try {
    verdict = room.submit(update, { author: sender.author, owner: sender.rights.owner })
  } catch (cause) {
    if (cause instanceof CometpadError) note(cause.code)
    throw cause
  }
  if (verdict.kind === 'accepted') return verdict
  const code = verdict.kind === 'gap' ? 'MISSING_DEPENDENCY' : 'CLIENT_ID_TAKEN'
  return { kind: 'refused', code, waitMs: note(code) }
}
