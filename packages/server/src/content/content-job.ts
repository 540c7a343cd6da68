/** What a thread that converts content is asked, and what it answers. Loads no format: those live in the thread. */
import type { ErrorCode } from '@cometpad/shared'
import type { Bounds } from './formats/format.ts'

export const FORMAT_NAMES = ['markdown', 'html', 'text', 'json'] as const
export type FormatName = (typeof FORMAT_NAMES)[number]

/** 'replace': the content is the document. 'append': it comes at its end. */
export type Manner = 'replace' | 'append'

/** `state`: the updates of a document, each behind its length. */
export type ContentJob =
  | { readonly kind: 'read'; readonly state: Uint8Array; readonly format: FormatName }
  | {
      readonly kind: 'edit'
      readonly state: Uint8Array
      readonly format: FormatName
      readonly content: string
      readonly manner: Manner
      readonly bounds: Bounds
    }

export type ContentAnswer =
  /** Said once, before any job is looked at: everything is loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'content'; readonly text: string }
  /** Null: nothing has to change. */
  | { readonly kind: 'update'; readonly update: Uint8Array | null }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string | undefined }
  /** The thread made a mistake, and nobody knows what state it is in now. */
  | { readonly kind: 'broken'; readonly code: ErrorCode; readonly reason: string }
