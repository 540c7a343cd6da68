/** The errors with which a data folder is refused: they name the folder and what was found. Knows no files. */
import { CometpadError } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'

/** What went wrong in opening a folder, as one of the table. */
export function openingError(folder: string, error: unknown): CometpadError {
  // LevelDB wraps what has happened into "not open".
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return folderError(codes[codeOf(cause)] ?? 'DATA_UNUSABLE', `${folder}: ${reasonOf(cause)}.`, error)
}

const codes: Readonly<Record<string, ErrorCode>> = {
  LEVEL_LOCKED: 'DATA_LOCKED',
  LEVEL_CORRUPTION: 'DATA_DAMAGED',
}

export function folderError(code: ErrorCode, detail: string, cause?: unknown): CometpadError {
  return new CometpadError(code, { detail, cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
