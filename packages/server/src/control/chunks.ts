/** Turns "write this, and wait" into chunks that somebody takes one by one. Keeps about one of them. */
import { PassThrough } from 'node:stream'
import { once } from 'node:events'
import { CometpadError } from '@cometpad/shared'

type Write = (chunk: Uint8Array) => Promise<void>

/** A write that waits until the stream has taken enough, and rejects once the stream is gone. */
export function writerTo(stream: NodeJS.WritableStream & { readonly destroyed?: boolean }): Write {
  return async (chunk) => {
    if (stream.destroyed === true) throw gone()
    if (stream.write(chunk)) return
    const drained = new AbortController()
    const { signal } = drained
    const closed = once(stream, 'close', { signal }).then(() => {
      throw gone()
    })
    try {
      await Promise.race([once(stream, 'drain', { signal }), closed])
    } finally {
      closed.catch(() => {})
      drained.abort()
    }
  }
}

/** The chunks that `produce` writes. Throws what it rejects with. */
export async function* chunksOf(produce: (write: Write) => Promise<unknown>): AsyncGenerator<Uint8Array> {
  const stream = new PassThrough({ highWaterMark: 1024 * 1024 })
  const produced = produce(writerTo(stream)).then(
    () => stream.end(),
    (cause: unknown) => stream.destroy(cause instanceof Error ? cause : new Error(String(cause))),
  )
  try {
    for await (const chunk of stream) yield bytesOf(chunk)
  } finally {
    stream.destroy()
    await produced
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (!(chunk instanceof Uint8Array)) throw new TypeError('Not bytes')
  return chunk
}

function gone(): CometpadError {
  return new CometpadError('INTERNAL_ERROR', { detail: 'Whoever asked has gone.' })
}
