const pattern =
  /^(?:location|etag|last-modified|expires|cache-control|accept-ranges|trailer|transfer-encoding|content-(?!security-policy).*)$/i

/** Whether a header describes the answer, and must not get from a dropped one into an error page; not the application's policies and cookies. */
export function isAnswerHeader(name: string): boolean {
  return pattern.test(name)
}
