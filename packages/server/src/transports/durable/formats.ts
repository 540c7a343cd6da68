/**
 * Messages as the bytes of the two streams of a document: its updates, and its presence, each behind its length as lib0 writes
 * it. Built once for all readers that get the same.
 */
import type { FrameFormat } from '../../core/ports.ts'
import { messageType } from '@cometpad/shared'

/** An update is its type, its kind, and then exactly such bytes. */
export const updateFrames: FrameFormat = {
  name: 'durable updates',
  frame: (all) => bodies(all, messageType.sync, 2),
}

export const presenceFrames: FrameFormat = {
  name: 'durable presence',
  frame: (all) => bodies(all, messageType.presence, 1),
}

function bodies(messages: readonly Uint8Array[], type: number, from: number): Uint8Array {
  return Buffer.concat(messages.filter(([first]) => first === type).map((message) => message.subarray(from)))
}
