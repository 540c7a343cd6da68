/** Messages as the bytes of an HTTP body: each behind its length. Built once for all readers that get the same. */
import { encodeFrames } from '@cometpad/shared'
import type { FrameFormat } from '../core/ports.ts'

export const httpFrames: FrameFormat = { name: 'http', frame: encodeFrames }
