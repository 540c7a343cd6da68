/** The button that opens the dialog for sharing, which is loaded then. It owns the dialog: there is one, and it goes with the page. */
import { h } from './dom.ts'

export interface ShareButton {
  readonly element: HTMLButtonElement
  /** The page goes. */
  destroy(): void
}

export function createShareButton(documentId: string, failed: (error: unknown) => void): ShareButton {
  const element = h('button', { type: 'button', class: 'button', hidden: true }, 'Share')
  let dialog: HTMLDialogElement | undefined
  let hasLeft = false

  async function open(): Promise<void> {
    const { openShareDialog } = await import('./share-dialog.ts')
    if (hasLeft || dialog?.open === true) return
    dialog = openShareDialog(documentId)
  }

  element.addEventListener('click', () => {
    open().catch((error: unknown) => {
      if (!hasLeft) failed(error)
    })
  })
  return {
    element,
    destroy() {
      hasLeft = true
      dialog?.close()
    },
  }
}
