/**
 * The server's own TLS: certificate and key read from their files, checked against each other, and read again when the
 * files change, so that a renewed certificate needs no restart. Knows no settings and no routes.
 */
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { CometpadError } from '@cometpad/shared'

/** Paths of two PEM files. The certificate comes first in its file, those that signed it behind it. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface TlsIdentity {
  readonly cert: Buffer
  readonly key: Buffer
}

/** What of a server of node:tls this needs. */
export interface TlsServer {
  setSecureContext(identity: TlsIdentity): void
}

export interface TlsWatch {
  /** How often the files are looked at, in milliseconds. */
  readonly everyMs: number
  readonly renewed: () => void
  /** The files have changed, and are no pair. The server goes on with what it has. */
  readonly refused: (cause: CometpadError) => void
}

/** Throws TLS_UNUSABLE, which names the file. */
export function readTls({ cert, key }: TlsFiles): TlsIdentity {
  const identity = { cert: read(cert), key: read(key) }
  try {
    createSecureContext(identity)
  } catch (cause) {
    throw unusable(`"${cert}" and "${key}" are no certificate and its key in PEM form`, cause)
  }
  return identity
}

/**
 * Gives new handshakes the new certificate; connections that are open stay as they are. Whoever renews writes two files, one
 * after the other: between the two they are no pair, and the second change is taken.
 *
 * @returns ends it
 */
export function watchTls(server: TlsServer, files: TlsFiles, watch: TlsWatch): () => void {
  const take = (): void => {
    try {
      server.setSecureContext(readTls(files))
      watch.renewed()
    } catch (cause) {
      watch.refused(cause instanceof CometpadError ? cause : unusable('the new certificate', cause))
    }
  }
  // By asking instead of by events: tools that renew replace links and folders, of which events see nothing.
  const paths = [files.cert, files.key]
  for (const path of paths) watchFile(path, { interval: watch.everyMs, persistent: false }, take)
  return () => {
    for (const path of paths) unwatchFile(path, take)
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw unusable(`"${path}" cannot be read`, cause)
  }
}

function unusable(what: string, cause: unknown): CometpadError {
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new CometpadError('TLS_UNUSABLE', { detail: `${what}${reason}.`, cause })
}
