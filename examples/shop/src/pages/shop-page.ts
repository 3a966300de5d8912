import type { Immutable } from '@scopes/core'
import { type Html, html } from '../html.ts'
import { shownProcess } from '../process-name.ts'
import type { ChangeLine } from '../recent-changes.ts'
import type { SessionState } from '../scopes.ts'
import { account } from './account.ts'
import { articleList } from './article-list.ts'
import { cart, piecesIn } from './cart.ts'
import { changeList } from './change-list.ts'
import { layout } from './layout.ts'

/** What the page shows. */
export interface ShopPageOptions {
  readonly session: Immutable<SessionState>
  /** The visitor has just signed out everywhere. */
  readonly isSignedOut: boolean
  /** Of this browser. */
  readonly visits: number
  /** People. */
  readonly online: number
  /** Undefined: nobody tells of them. */
  readonly changes: readonly ChangeLine[] | undefined
  readonly process: string
}

/** The shop: articles, cart, and what happens in it. */
export function shopPage({ session, isSignedOut, visits, online, changes, process }: ShopPageOptions): Html {
  return layout({
    title: 'Scope Shop',
    header: html`<a class="to-cart" href="#cart"
        >Cart <span class="count" data-live="pieces">${piecesIn(session.cart)}</span></a
      >${account(session.user)}`,
    process,
    main: html`
      ${signedOutNotice(isSignedOut)}
      <div class="intro">
        <div>
          <h1>Things to look through</h1>
          <p class="quiet">Every click is stored before it is answered, whichever process answers it.</p>
        </div>
        <dl class="facts">
          <div>
            <dt>People online</dt>
            <dd data-live="online">${online}</dd>
          </div>
          <div>
            <dt>Your visits</dt>
            <dd>${visits}</dd>
          </div>
          <div>
            <dt>Answered by</dt>
            <dd>${shownProcess(process)}</dd>
          </div>
        </dl>
      </div>
      <div class="columns">
        ${articleList(session.cart)}
        <div class="side">${cart(session.cart)} ${changes && liveChanges(changes)}</div>
      </div>
    `,
  })
}

/** Hidden until the stream of the visitor's session tells that it was ended so. */
function signedOutNotice(isShown: boolean): Html {
  return html`<p class="notice" role="status" data-live="signed-out" ${isShown ? undefined : html`hidden`}>
    You are signed out everywhere. <a href="/">Go on as a guest</a>
  </p>`
}

function liveChanges(changes: readonly ChangeLine[]): Html {
  return html`<section class="card">
    <h2>Live changes <span class="lamp" data-live="lamp" hidden>live</span></h2>
    <ul class="changes" data-live="changes">
      ${changeList(changes)}
    </ul>
  </section>`
}
