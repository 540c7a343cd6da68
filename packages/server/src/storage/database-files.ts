/**
 * Looks at LevelDB's files before LevelDB does, and at what it says afterwards. It opens over missing and broken files as
 * if nothing had been in them; what is found here is found before anything was changed. Knows no rows.
 */
import { copyFile, mkdir, readFile, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { scanLog } from './log-file.ts'

export interface FilesLook {
  /** There is no database yet, or one whose making was cut short. */
  readonly isNew: boolean
  /** Bytes at the end of the newest log that make up no whole batch: what was being written when the process died. */
  readonly tornBytes: number
  /** What no crash explains, each as a sentence that names the file. */
  readonly damage: readonly { readonly file: string; readonly what: string }[]
}

/** Rejects when the files cannot be read. */
export async function lookAtFiles(path: string): Promise<FilesLook> {
  const files = await readdir(path)
  const logs = files.filter((file) => file.endsWith('.log')).toSorted()
  const hasTables = files.some((file) => /\.(ldb|sst)$/.test(file))
  const damage: { file: string; what: string }[] = []
  // Without CURRENT, LevelDB would begin a new database and delete the tables of the old one.
  if (!files.includes('CURRENT')) {
    if (hasTables || !(await allEmpty(path, logs)))
      damage.push({ file: 'CURRENT', what: 'the file CURRENT is missing.' })
    return { isNew: true, tornBytes: 0, damage }
  }
  const manifest = (await readFile(join(path, 'CURRENT'), 'utf8')).trim()
  // LevelDB would call it an error of the disk.
  if (!files.some((file) => file.startsWith('MANIFEST-')))
    damage.push({ file: 'CURRENT', what: 'the MANIFEST is missing.' })
  else if (!files.includes(manifest))
    damage.push({ file: 'CURRENT', what: `CURRENT names "${manifest.slice(0, 40)}", which is not there.` })
  // A database that was opened once has a log for ever; one whose making was cut short has no table either.
  if (logs.length === 0 && hasTables) damage.push({ file: 'CURRENT', what: 'the log is missing.' })
  let tornBytes = 0
  for (const [index, file] of logs.entries()) {
    const scan = scanLog(await readFile(join(path, file)))
    for (const { at, rows } of scan.damage) {
      const count = rows === undefined ? 'An unknown number of' : rows
      damage.push({ file, what: `${file} cannot be read at byte ${at}. ${count} rows are lost there.` })
    }
    if (scan.tornBytes === 0) continue
    // The next log is begun only when this one is whole; but one that is empty yet was begun by an opening.
    const isNewest = await allEmpty(path, logs.slice(index + 1))
    if (isNewest) tornBytes = scan.tornBytes
    else damage.push({ file, what: `${file} ends with ${scan.tornBytes} bytes that cannot be read.` })
  }
  return { isNew: logs.length === 0 && !hasTables, tornBytes, damage }
}

/** Keeps a copy of files as they are, so that whatever is done next can be undone. Gives the folder of the copies. */
export async function keepCopies(path: string, files: readonly string[], target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  for (const file of new Set(files)) await copyFile(join(path, file), join(target, basename(file)))
}

/** Bytes that LevelDB says it has left out when it opened the database just now. */
export async function bytesDropped(path: string): Promise<number> {
  const text = await readFile(join(path, 'LOG'), 'utf8').catch(() => '')
  return Array.from(text.matchAll(/dropping (\d+) bytes/g), ([, bytes]) => Number(bytes)).reduce(
    (sum, bytes) => sum + bytes,
    0,
  )
}

async function allEmpty(path: string, files: readonly string[]): Promise<boolean> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(path, file))).size))
  return sizes.every((size) => size === 0)
}
