/** Writes a file of the operator's: under another name until it is whole and durable, and never over one that is there. */
import { access, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CometpadError } from '@cometpad/shared'
import { syncFolder } from '../storage/index.ts'

/** Rejects with TARGET_IN_USE or FILE_UNUSABLE, and with what `chunks` throws; then there is no file. */
export async function writeFileWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  progress: (bytes: number) => void,
): Promise<number> {
  await refuseIfThere(path)
  const partial = `${path}.partial`
  let bytes = 0
  try {
    await rm(partial, { force: true })
    // Documents, and the secrets of a server: for the owner alone.
    const file = await open(partial, 'wx', 0o600)
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk)
        bytes += chunk.length
        progress(chunk.length)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
    await syncFolder(dirname(path))
    return bytes
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {})
    throw fileError(path, cause)
  }
}

export function fileError(path: string, cause: unknown): CometpadError {
  if (cause instanceof CometpadError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CometpadError('FILE_UNUSABLE', { detail: `${path}: ${reason}.`, cause })
}

async function refuseIfThere(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (isThere) throw new CometpadError('TARGET_IN_USE', { detail: `${path} is there already.` })
}
