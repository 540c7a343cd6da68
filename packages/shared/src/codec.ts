/**
 * Messages to bytes and back. Refuses by code, never by guess; knows no connection and no document.
 * Grammar: SPEC.md, rules MS1-MS9.
 */
import * as encoding from 'lib0/encoding'
import { ByteReader } from './bytes.ts'
import { CometpadError, isErrorCode } from './errors.ts'
import { messageType, syncType } from './messages.ts'
import type { HelloLimits, HelloMessage, Message } from './messages.ts'
import { isOffset } from './offset.ts'
import { isRole } from './roles.ts'

export function encodeMessage(message: Message): Uint8Array {
  return encoding.encode((encoder) => write(encoder, message))
}

function write(encoder: encoding.Encoder, message: Message): void {
  switch (message.type) {
    case 'vector':
      return writeSync(encoder, syncType.vector, message.vector)
    case 'answer':
      return writeSync(encoder, syncType.answer, message.update)
    case 'update':
      return writeSync(encoder, syncType.update, message.update)
    case 'presence':
      encoding.writeVarUint(encoder, messageType.presence)
      return encoding.writeVarUint8Array(encoder, message.presence)
    case 'denied':
      encoding.writeVarUint(encoder, messageType.denied)
      encoding.writeVarUint(encoder, 0)
      return encoding.writeVarString(encoder, message.reason)
    case 'presenceQuery':
      return encoding.writeVarUint(encoder, messageType.presenceQuery)
    case 'saved':
      encoding.writeVarUint(encoder, messageType.saved)
      encoding.writeVarUint(encoder, message.count)
      return encoding.writeVarUint(encoder, message.offset)
    case 'position':
      encoding.writeVarUint(encoder, messageType.position)
      return encoding.writeVarUint(encoder, message.offset)
    case 'broadcast':
      encoding.writeVarUint(encoder, messageType.broadcast)
      return encoding.writeUint8Array(encoder, message.payload)
    case 'part':
      encoding.writeVarUint(encoder, messageType.part)
      encoding.writeUint8(encoder, message.last ? 1 : 0)
      return encoding.writeUint8Array(encoder, message.bytes)
    case 'hello':
    case 'grant':
    case 'token':
    case 'drain':
    case 'error':
    case 'reset':
    case 'meta': {
      // Rare messages carry JSON: they may grow fields that older readers skip.
      const { type, ...body } = message
      encoding.writeVarUint(encoder, messageType[type])
      return encoding.writeVarString(encoder, JSON.stringify(body))
    }
  }
}

function writeSync(encoder: encoding.Encoder, kind: number, bytes: Uint8Array): void {
  encoding.writeVarUint(encoder, messageType.sync)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
}

/**
 * The one message that these bytes are. Byte fields are views into `bytes`.
 * Throws MALFORMED_MESSAGE, or UNKNOWN_MESSAGE when the type is not in the table.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes)
  const message = read(reader.varUint(), reader)
  reader.end()
  return message
}

function read(type: number, reader: ByteReader): Message {
  switch (type) {
    case messageType.sync:
      return readSync(reader.varUint(), reader.varBytes())
    case messageType.presence:
      return { type: 'presence', presence: reader.varBytes() }
    case messageType.denied:
      if (reader.varUint() !== 0) throw new CometpadError('UNKNOWN_MESSAGE')
      return { type: 'denied', reason: reader.varString() }
    case messageType.presenceQuery:
      return { type: 'presenceQuery' }
    case messageType.hello:
      return readHello(json(reader))
    case messageType.saved:
      return { type: 'saved', count: reader.varUint(), offset: reader.varUint() }
    case messageType.position:
      return { type: 'position', offset: reader.varUint() }
    case messageType.grant:
      return { type: 'grant', role: role(json(reader)['role']) }
    case messageType.token:
      return { type: 'token', token: text(json(reader)['token']) }
    case messageType.drain:
      return { type: 'drain', delayMs: whole(json(reader)['delayMs']) }
    case messageType.broadcast:
      return { type: 'broadcast', payload: reader.rest() }
    case messageType.error: {
      const body = json(reader)
      const code = text(body['code'])
      // A newer server may know codes that we do not; its sentence is still worth showing.
      return {
        type: 'error',
        code: isErrorCode(code) ? code : 'INTERNAL_ERROR',
        message: text(body['message']),
      }
    }
    case messageType.reset:
      return { type: 'reset', generation: text(json(reader)['generation']) }
    case messageType.meta:
      return { type: 'meta', title: text(json(reader)['title']) }
    case messageType.part: {
      const last = reader.uint8()
      if (last > 1) throw malformed('A part says neither "last" nor "more".')
      return { type: 'part', last: last === 1, bytes: reader.rest() }
    }
    default:
      throw new CometpadError('UNKNOWN_MESSAGE', { detail: `Type ${type}.` })
  }
}

function readSync(kind: number, bytes: Uint8Array): Message {
  switch (kind) {
    case syncType.vector:
      return { type: 'vector', vector: bytes }
    case syncType.answer:
      return { type: 'answer', update: bytes }
    case syncType.update:
      return { type: 'update', update: bytes }
    default:
      throw new CometpadError('UNKNOWN_MESSAGE', { detail: `Sync message ${kind}.` })
  }
}

function readHello(body: JsonObject): HelloMessage {
  const from = body['from']
  return {
    type: 'hello',
    protocol: whole(body['protocol']),
    generation: text(body['generation']),
    role: role(body['role']),
    head: whole(body['head']),
    from: from === null ? null : whole(from),
    title: text(body['title']),
    limits: readLimits(body['limits']),
  }
}

function readLimits(value: unknown): HelloLimits {
  const body = object(value)
  return {
    messageBytes: positive(body['messageBytes']),
    partBytes: positive(body['partBytes']),
    updateBytes: positive(body['updateBytes']),
    presenceBytes: positive(body['presenceBytes']),
  }
}

type JsonObject = Readonly<Record<string, unknown>>

function json(reader: ByteReader): JsonObject {
  const source = reader.varString()
  try {
    return object(JSON.parse(source))
  } catch (cause) {
    if (cause instanceof CometpadError) throw cause
    throw malformed('The body is not JSON.', cause)
  }
}

function object(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('A body is not an object.')
  return value as JsonObject
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw malformed('A field is not a text.')
  return value
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || !isOffset(value)) throw malformed('A field is not a whole number.')
  return value
}

/** A bound of nothing would have a client cut its messages into nothings without end. */
function positive(value: unknown): number {
  const number = whole(value)
  if (number === 0) throw malformed('A bound is 0.')
  return number
}

function role(value: unknown): HelloMessage['role'] {
  const name = text(value)
  if (!isRole(name)) throw malformed('A role is not known.')
  return name
}

function malformed(detail: string, cause?: unknown): CometpadError {
  return new CometpadError('MALFORMED_MESSAGE', { detail, cause })
}
