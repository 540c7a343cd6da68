/** An answer of the Durable Streams protocol, taken apart. Does nothing by itself. */
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { FrameDecoder } from '@cometpad/shared'
import * as Y from 'yjs'

export interface Control {
  readonly streamNextOffset: string
  readonly streamCursor: string
  readonly upToDate?: boolean
}

export class TestReader {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer

  private constructor(status: number, headers: IncomingHttpHeaders, body: Buffer) {
    this.status = status
    this.headers = headers
    this.body = body
  }

  static ask(
    port: number,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Uint8Array,
  ): Promise<TestReader> {
    return new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
        response.on('end', () =>
          resolve(new TestReader(response.statusCode ?? 0, response.headers, Buffer.concat(chunks))),
        )
      })
      asking.on('error', reject).end(body)
    })
  }

  /** The bytes of `data` events, and what the `control` events say. */
  static eventsIn(text: string): { data: Uint8Array[]; controls: Control[] } {
    const data: Uint8Array[] = []
    const controls: Control[] = []
    for (const [, type, line = ''] of text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)) {
      if (type === 'data') data.push(Buffer.from(line, 'base64'))
      else controls.push(JSON.parse(line) as Control)
    }
    return { data, controls }
  }

  static textOf(bodies: readonly Uint8Array[]): string {
    const doc = new Y.Doc()
    const frames = new FrameDecoder(2 ** 28 - 1)
    for (const body of bodies) for (const update of frames.push(body)) Y.applyUpdate(doc, update)
    frames.end()
    return doc.getText('t').toJSON()
  }

  get bytes(): number {
    return this.body.length
  }

  get next(): string {
    return String(this.headers['stream-next-offset'])
  }

  get upToDate(): boolean {
    return this.headers['stream-up-to-date'] === 'true'
  }

  get updates(): Uint8Array[] {
    return new FrameDecoder(2 ** 28 - 1).push(this.body)
  }

  get text(): string {
    return TestReader.textOf([this.body])
  }

  /** Of an error. */
  get code(): string | undefined {
    const parsed = JSON.parse(this.body.toString()) as { error?: { code?: string } }
    return parsed.error?.code
  }
}
