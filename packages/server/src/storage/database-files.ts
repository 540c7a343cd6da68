/**
 * Looks at LevelDB's files before LevelDB does, and at what it says afterwards. It opens over missing and broken files as
 * if nothing had been in them; what is found here is found before anything was changed. Knows no rows.
 */
import { copyFile, mkdir, readFile, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { examineTables, isTable } from './live-tables.ts'
import type { Fault, FileMending, LiveTablesOptions } from './live-tables.ts'
import type { Coverage } from './ledger-file.ts'
import { scanLog } from './log-file.ts'
import { bridgeLogs } from './log-holes.ts'
import type { BridgedLog } from './log-holes.ts'
import { mendLog } from './log-mending.ts'
import type { MendedLog } from './log-mending.ts'
import { canBeMarked } from './lost-rows.ts'
import type { LostRows } from './lost-rows.ts'
import { replaceFile } from './replace-file.ts'
import type { KeySpan } from './table-mending.ts'
import type { LiveTable, NotedTables } from './table-notes.ts'
import { NO_ROWS, joinedRows, withoutOutdated, within } from './table-rows.ts'
import type { TableRows } from './table-rows.ts'
import { NOTHING } from './touched.ts'
import type { Touched } from './touched.ts'

/** A report names so many documents. */
const NAMED = 10

export interface FilesLook {
  /** There is no database yet, or one whose making was cut short. */
  readonly isNew: boolean
  /** The number of the first log whose rows are in no table yet; 0 when that is not known. */
  readonly firstLog: number
  /** Bytes at the end of the newest log that make up no whole batch: what was being written when the process died. */
  readonly tornBytes: number
  /** The log that these bytes are in. */
  readonly tornLog?: string
  /** The tables that are as they were written. */
  readonly wholeTables: readonly LiveTable[]
  /** What no crash explains. */
  readonly damage: readonly Fault[]
}

/** There is no database. */
export const NO_FILES: FilesLook = { isNew: true, firstLog: 0, tornBytes: 0, wholeTables: [], damage: [] }

/** Rejects when the files cannot be read. */
export async function lookAtFiles(path: string, options: LiveTablesOptions): Promise<FilesLook> {
  const files = await readdir(path)
  const logs = files.filter(isLog)
  const hasTables = files.some(isTable)
  // Without CURRENT, LevelDB would begin a new database and delete the tables of the old one.
  const isUnwritten = !files.includes('CURRENT') && !hasTables && (await allEmpty(path, logs))
  if (isUnwritten) return NO_FILES
  const { faults, whole, firstLog } = await examineTables(path, files, options)
  const damage = [...faults]
  // A database that was opened once has a log for ever; one whose making was cut short has no table either.
  if (logs.length === 0 && hasTables && firstLog === 0)
    damage.push({ file: 'CURRENT', what: 'the log is missing.' })
  let torn: Pick<FilesLook, 'tornBytes' | 'tornLog'> = { tornBytes: 0 }
  const liveLogs = logsFrom(firstLog, files)
  let first: number | undefined
  for (const [index, file] of liveLogs.entries()) {
    const scan = scanLog(await readFile(join(path, file)), first)
    first = scan.next
    for (const { at, rows } of scan.damage) {
      const count = rows === undefined ? 'An unknown number of' : rows
      damage.push({ file, what: `${file} cannot be read at byte ${at}. ${count} rows are lost there.` })
    }
    // LevelDB begins another log when one is full.
    if (scan.batches === 0 && scan.tornBytes === 0 && !(await allEmpty(path, liveLogs.slice(index + 1))))
      damage.push({ file, what: `${file} is empty.` })
    if (scan.tornBytes === 0) continue
    // The next log is begun only when this one is whole; but one that is empty yet was begun by an opening.
    const isNewest = await allEmpty(path, liveLogs.slice(index + 1))
    if (isNewest) torn = { tornBytes: scan.tornBytes, tornLog: file }
    else damage.push({ file, what: `${file} ends with ${scan.tornBytes} bytes that cannot be read.` })
  }
  return { isNew: logs.length === 0 && !hasTables, firstLog, ...torn, wholeTables: whole, damage }
}

function isLog(file: string): boolean {
  return /^\d+\.log$/.test(file)
}

/** The logs whose rows are in no table yet, the oldest first. LevelDB may have left others, which it does not read. */
function logsFrom(first: number, files: readonly string[]): readonly string[] {
  const numbered = files.filter(isLog).map((file) => ({ file, number: Number.parseInt(file, 10) }))
  const live = numbered.filter(({ number }) => number >= first)
  // A number that has outgrown its zeros is behind the others.
  return live.toSorted((a, b) => a.number - b.number).map(({ file }) => file)
}

/** Keeps a copy of files as they are, so that whatever is done next can be undone. Gives the folder of the copies. */
export async function keepCopies(path: string, files: readonly string[], target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  const present = new Set(await readdir(path))
  for (const file of new Set(files))
    if (present.has(file)) await copyFile(join(path, file), join(target, basename(file)))
}

/** LevelDB has made its files here, and nobody has ever written a row: its first start was cut short. */
export async function isUnborn(path: string): Promise<boolean> {
  const files = await readdir(path)
  if (files.some(isTable)) return false
  for (const file of files.filter(isLog)) {
    const { batches, damage } = scanLog(await readFile(join(path, file)))
    if (batches > 0 || damage.length > 0) return false
  }
  return true
}

export interface Mending {
  readonly file: string
  readonly bytes: Uint8Array
  /** What was done, in a sentence. */
  readonly what: string
}

export interface Mendings {
  readonly files: readonly Mending[]
  /** The rows for which no document is marked yet. */
  readonly lost: LostRows
}

export interface MendingOptions {
  /** The process died: what is no whole batch at the end was being written. */
  readonly mayBeTorn: boolean
  /** What is known of the batches that may be lost. */
  readonly coverage: Coverage
  /** What stood in tables. */
  readonly tableNotes: NotedTables
  /** The newest batch that was acknowledged, as far as it is known; exact after a stop in peace. */
  readonly acknowledged: number
}

/** How everything that is damaged can be mended; undefined when it cannot be told of something what the damage has reached. Writes nothing. */
export async function mendingsOf(
  path: string,
  { damage, firstLog, wholeTables }: FilesLook,
  options: MendingOptions,
): Promise<Mendings | undefined> {
  const faults = damage.filter(({ file }) => !file.endsWith('.log'))
  const live = logsFrom(firstLog, await readdir(path))
  const mended = faults.flatMap(({ file, mending, missingLog }) => {
    if (mending !== undefined) return [{ ...mending, file }]
    return missingLog !== undefined && live.length === 0 ? mendingOfMissing(missingLog, options) : []
  })
  const spans: KeySpan[] = []
  const noted: TableRows[] = []
  for (const { lost, table } of mended) {
    const rows = lost.length === 0 || table === undefined ? undefined : options.tableNotes.of(table)
    if (rows === undefined) spans.push(...lost)
    else noted.push(within(rows, lost))
  }
  // Only when there is something lost: these may be many.
  const others = noted.length === 0 ? [] : wholeTables.map((table) => options.tableNotes.of(table) ?? NO_ROWS)
  const logs = await mendingsOfLogs(path, live, options)
  if (mended.length < faults.length || logs === undefined || !canBeMarked(spans)) return undefined
  // CURRENT last: a MANIFEST that is not mended yet must not be led to.
  const files = [
    ...mended.toReversed().map(({ file, bytes, done }) => ({ file, bytes, what: done })),
    ...logs.files,
  ]
  return { files, lost: { spans, noted: withoutOutdated(joinedRows(noted), others), touched: logs.lost } }
}

/** An empty one: what was in it is told by the number of the newest batch, once LevelDB is open. */
function mendingOfMissing(
  log: number,
  { mayBeTorn, coverage, acknowledged }: MendingOptions,
): readonly (FileMending & { readonly file: string })[] {
  const isKnown = (coverage.start ?? 0) > 0 && coverage.between(undefined, acknowledged) !== undefined
  if (mayBeTorn || !isKnown) return []
  const file = `${String(log).padStart(6, '0')}.log`
  return [{ file, bytes: new Uint8Array(), done: `${file} is missing.`, lost: [] }]
}

interface MendedLogs {
  readonly files: readonly Mending[]
  readonly lost: Touched
}

async function mendingsOfLogs(
  path: string,
  files: readonly string[],
  options: MendingOptions,
): Promise<MendedLogs | undefined> {
  const { mayBeTorn, coverage, acknowledged } = options
  const logs = await Promise.all(
    files.map(async (file) => ({ file, bytes: new Uint8Array(await readFile(join(path, file))) })),
  )
  const newest = logs.findLastIndex(({ bytes }) => bytes.length > 0)
  const mendings: Mending[] = []
  const keys = new Set<string>()
  let first: number | undefined
  for (const [index, { file, bytes }] of logs.entries()) {
    const { damage, tornBytes, next } = scanLog(bytes, first)
    const before = first
    first = next
    const isTorn = index >= newest && mayBeTorn
    const isEmptied = bytes.length === 0 && index < newest
    if (damage.length === 0 && !isEmptied && (tornBytes === 0 || isTorn)) continue
    const mended = isEmptied ? undefined : mendLog(bytes, { mayBeTorn: isTorn, first: before })
    if (mended === undefined) {
      const bridged = bridgeLogs(
        logs.map((log) => log.bytes),
        { coverage, newest: mayBeTorn ? undefined : acknowledged },
      )
      return bridged && bridgedLogs(files, bridged)
    }
    for (const key of mended.harmed) keys.add(key)
    mendings.push({ file, bytes: mended.bytes, what: sentenceOf(file, mended) })
  }
  return { files: mendings, lost: { ...NOTHING, keys } }
}

function bridgedLogs(
  files: readonly string[],
  { logs, lost }: { readonly logs: readonly BridgedLog[]; readonly lost: Touched },
): MendedLogs {
  const mendings = files.flatMap((file, index) => {
    const { bytes, holes } = logs[index] ?? { bytes: new Uint8Array(), holes: 0 }
    if (holes === 0) return []
    return [{ file, bytes, what: `${file} cannot be read in ${holes} places, and what stood there is lost.` }]
  })
  return { files: mendings, lost }
}

/** Durable when it resolves; a process that dies meanwhile leaves each file as it was or as it shall be. */
export async function replaceFiles(path: string, mendings: readonly Mending[]): Promise<void> {
  for (const { file, bytes } of mendings) await replaceFile(join(path, file), bytes)
}

function sentenceOf(file: string, { corrected, harmed }: MendedLog): string {
  const bits = corrected === 0 ? '' : ` A wrong bit was put right in ${corrected} of its records.`
  if (harmed.size === 0) return `${file} could not be read everywhere, and nothing is lost.${bits}`
  return `${file} cannot be read everywhere.${bits}`
}

export function damagedDocuments(harmed: readonly string[]): string {
  const named = harmed.slice(0, NAMED).join(', ') + (harmed.length > NAMED ? ', …' : '')
  return `${harmed.length} documents are damaged and refused from now on: ${named}. A backup can be restored in the place of each.`
}

/** Bytes that LevelDB says it has left out when it opened the database just now. */
export async function bytesDropped(path: string): Promise<number> {
  const text = await readFile(join(path, 'LOG'), 'utf8').catch((cause: unknown) => {
    // A folder that was copied may lack it. One that is there and cannot be read may say that bytes were dropped.
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ''
    throw cause
  })
  return Array.from(text.matchAll(/dropping (\d+) bytes/g), ([, bytes]) => Number(bytes)).reduce(
    (sum, bytes) => sum + bytes,
    0,
  )
}

async function allEmpty(path: string, files: readonly string[]): Promise<boolean> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(path, file))).size))
  return sizes.every((size) => size === 0)
}
