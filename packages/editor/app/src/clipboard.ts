/** Pages without HTTPS have no clipboard; who asks then shows the text for copying by hand. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard === undefined) throw new Error('no clipboard')
  await navigator.clipboard.writeText(text)
}
