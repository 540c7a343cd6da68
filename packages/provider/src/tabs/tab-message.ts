/** What tabs say to each other, and nothing that a tab of another version may say. */
import type { Offset } from '@cometpad/shared'

export type TabMessage =
  /** A follower has come, or wants to know whether the leader is well. The leader says a beat. */
  | { readonly kind: 'ask' }
  /** The leader is well, and has everything up to here. */
  | {
      readonly kind: 'beat'
      readonly generation: string | undefined
      readonly position: Offset
      /** It holds a stream, and nobody holds that back. */
      readonly isStreamProved: boolean
    }
  /** Who has everything up to `from` has everything up to `to` with these messages. */
  | {
      readonly kind: 'batch'
      readonly generation: string
      readonly from: Offset
      readonly to: Offset
      readonly messages: readonly Uint8Array[]
    }
  /** A message of the server that is not of the log: presence, the title, what others broadcast. */
  | { readonly kind: 'aside'; readonly message: Uint8Array }

/** Stands in the names of locks and channels: changed whenever the messages are, so that old pages hear nothing of new ones. */
export const TAB_PROTOCOL = 1

/** Undefined: nothing that is known. Names and numbers are believed: whoever is on the channel is a page of this origin. */
export function readTabMessage(data: unknown): TabMessage | undefined {
  if (typeof data !== 'object' || data === null || !('kind' in data)) return undefined
  const { kind } = data
  return kind === 'ask' || kind === 'beat' || kind === 'batch' || kind === 'aside'
    ? (data as TabMessage)
    : undefined
}
