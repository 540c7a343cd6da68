/** Where a server shows, in the browser, what works of the way to it. */

/** @param page origin of the page that the editor is in; where that is another site, the doctor looks whether it may be */
export function doctorAddress(server: string, page: string): string {
  const { origin } = new URL(server)
  const address = `${server.replace(/\/+$/, '')}/doctor`
  return page === origin || !/^https?:/.test(page) ? address : `${address}?origin=${encodeURIComponent(page)}`
}
