import { type Html, html } from '../html.ts'

/** The form to log in, or the visitor's name and the button to log out. */
export function account(user: string | undefined): Html {
  if (user === undefined) {
    return html`<form class="account" method="post" action="/login">
      <input
        name="name"
        aria-label="Your name"
        placeholder="Your name"
        required
        maxlength="40"
        autocomplete="nickname"
      />
      <button class="primary">Log in</button>
    </form>`
  }
  return html`<form class="account" method="post" action="/logout">
    <span class="user">${user}</span>
    <button>Log out</button>
    <button formaction="/logout-everywhere">Sign out everywhere</button>
  </form>`
}
