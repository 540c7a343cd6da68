/** Whether unsent edits survive the page, as it may be told to the person. */
import type { ErrorCode } from '@cometpad/shared'

export type Keeping =
  /** The page does not want it, or there is no place for it here: they live in this tab alone. */
  | { readonly state: 'off' }
  /** What is kept of the document is being read; not yet. */
  | { readonly state: 'opening' }
  /** The newest are being written. */
  | { readonly state: 'writing' }
  /** All of them are on this device. */
  | { readonly state: 'kept' }
  /** They live in this tab alone; `code` says why. It is tried again where that can help. */
  | { readonly state: 'failed'; readonly code: ErrorCode }
