/** Puts a file in the place of another one, so that a crash leaves either. Knows no contents. */
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from './sync-folder.ts'

/** Durable when it resolves. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const made = `${path}.new`
  const handle = await open(made, 'w')
  try {
    await handle.writeFile(bytes)
    await handle.datasync()
  } finally {
    await handle.close()
  }
  await rename(made, path)
  await syncFolder(dirname(path))
}
