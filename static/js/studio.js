// The parts of the page that need a script; everything else is links and forms.
import "./htmx-setup.js";
import "./page.js";
import "./shortcuts.js";
import "./status-poll.js";
import "./history-list.js";
import "./kept-focus.js";
import "./talk-scroll.js";
import "./run-input.js";
import "./run-options.js";
import "./thread-live.js";
import "./run-replay.js";
import "./graph-view.js";
import "./inbox.js";
import "./json-editor.js";
