/**
 * Messages as WebSocket frames of a server (RFC 6455, 5.2): binary, unmasked, one message a frame, all in one buffer.
 * Built once for all readers that get the same. Knows no socket.
 */
import type { FrameFormat } from '../core/ports.ts'

/** FIN and the opcode of a binary message. */
const BINARY = 0x82
const SHORT = 125
const LENGTH_16 = 126
const LENGTH_64 = 127
const MAX_16 = 0xffff

export const webSocketFrames: FrameFormat = {
  name: 'websocket',
  frame(messages) {
    let bytes = 0
    for (const { length } of messages) bytes += headerBytes(length) + length
    const frames = Buffer.allocUnsafe(bytes)
    let position = 0
    for (const message of messages) {
      position = writeHeader(frames, position, message.length)
      frames.set(message, position)
      position += message.length
    }
    return frames
  },
}

function headerBytes(length: number): number {
  if (length <= SHORT) return 2
  return length <= MAX_16 ? 4 : 10
}

function writeHeader(frames: Buffer, position: number, length: number): number {
  frames[position] = BINARY
  if (length <= SHORT) {
    frames[position + 1] = length
    return position + 2
  }
  if (length <= MAX_16) {
    frames[position + 1] = LENGTH_16
    return frames.writeUInt16BE(length, position + 2)
  }
  frames[position + 1] = LENGTH_64
  return frames.writeBigUInt64BE(BigInt(length), position + 2)
}
