"""The pieces of HTML that stream to a page: each names the place that it goes to (htmx's out-of-band swaps)."""

ARTICLE = (
    '<div hx-swap-oob="beforeend:#live">'
    '<article id="{key}" data-message-id="{id}" data-role="{role}" class="streaming">'
    '<header><span class="dot"></span><b>{name}</b><span class="node">{node} · streaming</span></header>'
    '<div class="body"><div class="text" id="{key}-text"></div></div></article></div>'
)
CALL = (
    '<div hx-swap-oob="beforeend:#{key} > .body"><div class="call"><header><b>{name}</b><code>{id}</code></header>'
    '<pre id="{key}-args-{index}"></pre></div></div>'
)
APPEND = '<div hx-swap-oob="beforeend:#{target}">{text}</div>'
PROGRESS = (
    '<div hx-swap-oob="innerHTML:#progress"><progress max="100" value="{value}">{value} %</progress>'
    "<span>{text}</span></div>"
)
NEWS = '<div hx-swap-oob="innerHTML:#progress"><span class="spinner"></span><span>{text}</span></div>'
NUMBERS = (
    '<div hx-swap-oob="innerHTML:#progress"><span class="spinner"></span>'
    '<span data-numbers="{numbers}">{text}</span></div>'
)
FAILURE = (
    '<div hx-swap-oob="beforeend:#live"><div class="panel bad" role="alert"><h3>The run failed: {error}</h3>'
    "<p>{message}</p></div></div>"
)
AFRESH = '<div hx-swap-oob="innerHTML:#live"></div>'
