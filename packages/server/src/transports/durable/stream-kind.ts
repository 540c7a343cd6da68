/** What tells a document's updates from its presence for who reads them as a stream: bytes, offsets, and where the end is. */
import { formatOffset } from '@cometpad/shared'
import type { FrameFormat, Hearing, Progress } from '../../core/ports.ts'
import { presenceFrames, updateFrames } from './formats.ts'

export interface StreamKind {
  readonly hearing: Hearing
  readonly format: FrameFormat
  /** Where to read on. */
  nextOf(progress: Progress): string
  isUpToDate(progress: Progress): boolean
}

export const updates: StreamKind = {
  hearing: 'updates',
  format: updateFrames,
  nextOf: ({ offset }) => formatOffset(offset),
  isUpToDate: ({ isCaughtUp }) => isCaughtUp,
}

export const presence: StreamKind = {
  hearing: 'presence',
  format: presenceFrames,
  nextOf: ({ presence: mark }) => mark,
  // It is told as a whole, whatever of it there is.
  isUpToDate: () => true,
}
