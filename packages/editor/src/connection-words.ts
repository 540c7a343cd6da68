/** What a connection light may say: one function decides, from what the provider knows. */
import type { TransportName, TransportState } from '@cometpad/provider'
import type { Messages } from './messages.ts'

export interface ConnectionWords {
  /** What is lit. */
  readonly light: TransportName | 'none'
  /** A few words. */
  readonly text: string
  /** A sentence or two that say why it is so. */
  readonly reason: string
}

export function connectionWords({ transport, reason }: TransportState, messages: Messages): ConnectionWords {
  const light = transport ?? 'none'
  return { light, text: messages.connections[light], reason: messages.connectionReasons[reason] }
}
