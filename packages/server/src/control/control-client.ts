/** `Operations` in a server that runs, through its control port. */
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { CometpadError, errorTable, isErrorCode } from '@cometpad/shared'
import type { ControlAddress } from './control-file.ts'
import { decodeQuarantined, encodeHistory, encodeRequest, queryFor } from './messages.ts'
import type { Operations } from './operations.ts'
import type { DocumentHead, DocumentPage, TrailEntry } from '../core/ports.ts'
import type { QuarantinedUpdate } from '../storage/index.ts'

export function controlClient(address: ControlAddress): Operations {
  return {
    isLive: true,
    async *backup(what) {
      const answered = await ask(address, 'POST', '/backup', encodeRequest(what))
      try {
        for await (const chunk of answered) yield bytesOf(chunk)
      } catch (cause) {
        throw unreachable('The server ended before everything was there.', cause)
      }
    },
    list: (after) => read<DocumentPage>(address, 'GET', `/documents?after=${encodeURIComponent(after)}`),
    compact: async (documentId) => {
      await read(address, 'POST', `/compact?document=${encodeURIComponent(documentId)}`)
    },
    trail: (documentId) =>
      read<TrailEntry[]>(address, 'GET', `/trail?document=${encodeURIComponent(documentId)}`),
    resetRights: async (documentId, owner) => {
      const query = new URLSearchParams({ document: documentId, owner })
      await read(address, 'POST', `/rights?${query.toString()}`)
    },
    quarantined: () => read<QuarantinedUpdate[]>(address, 'GET', '/quarantine'),
    quarantinedBytes: async (id) => {
      const chunks: Uint8Array[] = []
      const answered = await ask(address, 'GET', `/quarantine/bytes?id=${encodeURIComponent(id)}`)
      for await (const chunk of answered) chunks.push(bytesOf(chunk))
      return decodeQuarantined(new Uint8Array(Buffer.concat(chunks)))
    },
    dropQuarantined: (choice) =>
      read<number>(address, 'POST', `/quarantine/drop?${String(queryFor(choice))}`),
    replace: (documentId, history) =>
      read<DocumentHead>(
        address,
        'POST',
        `/replace?document=${encodeURIComponent(documentId)}`,
        encodeHistory(history),
      ),
    close: async () => {},
  }
}

/** The server is of the same release, and only its owner can answer at this port with this secret. */
async function read<T>(address: ControlAddress, method: string, path: string, body?: Uint8Array): Promise<T> {
  const answered = await ask(address, method, path, body)
  return JSON.parse(await textOf(answered)) as T
}

async function ask(
  { port, secret }: ControlAddress,
  method: string,
  path: string,
  body?: Uint8Array,
): Promise<IncomingMessage> {
  const answered = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}` }
    const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, resolve)
    asking.on('error', (cause) => reject(unreachable(undefined, cause)))
    asking.end(body)
  })
  if (answered.statusCode === 200) return answered
  throw errorIn(await textOf(answered))
}

async function textOf(answered: IncomingMessage): Promise<string> {
  let text = ''
  answered.setEncoding('utf8')
  for await (const chunk of answered) text += String(chunk)
  return text
}

/** The server's error as ours. */
function errorIn(text: string): CometpadError {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'error' in value) {
    const { error } = value
    if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
      const code = String(error.code)
      if (isErrorCode(code)) {
        const detail = String(error.message).replace(errorTable[code].text, '').trim()
        return new CometpadError(code, detail === '' ? {} : { detail })
      }
    }
  }
  return new CometpadError('INTERNAL_ERROR')
}

function unreachable(detail: string | undefined, cause: unknown): CometpadError {
  return new CometpadError('SERVER_UNREACHABLE', detail === undefined ? { cause } : { detail, cause })
}

function bytesOf(chunk: unknown): Uint8Array {
  if (!(chunk instanceof Uint8Array)) throw new TypeError('Not bytes')
  return chunk
}
