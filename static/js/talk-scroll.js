// The scrolling part of the conversation: stays at the newest message while one is there, and where one is otherwise.
const NEAR = 48;

class TalkScroll extends HTMLElement {
  connectedCallback() {
    this.pinned = true;
    this.addEventListener("scroll", () => { this.pinned = this.scrollHeight - this.scrollTop - this.clientHeight < NEAR; }, { passive: true });
    this.observer = new MutationObserver(() => this.follow());
    this.observer.observe(this, { childList: true, subtree: true, characterData: true });
    this.follow();
  }

  disconnectedCallback() {
    this.observer.disconnect();
  }

  follow() {
    if (this.pinned && !this.querySelector(".editing, .more > *")) this.scrollTop = this.scrollHeight;
  }

  toEnd() {
    this.pinned = true;
    this.follow();
  }
}

customElements.define("talk-scroll", TalkScroll);
