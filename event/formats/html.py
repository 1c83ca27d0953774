"""Turns the HTML that other people's agendas hold into plain text; it is no sanitiser."""

import re
from html import unescape

from event.text import clean

_PARAGRAPH, _LINE, _BREAK, _ITEM, _ITEM_END = "\x01", "\x02", "\x03", "\x04", "\x05"
_PARAGRAPHS = "blockquote|dl|figure|h1|h2|h3|h4|h5|h6|hr|ol|p|pre|table|ul"
_LINES = "address|article|aside|dd|div|dt|footer|header|main|nav|section|tr"
_INLINE = (
    "a|abbr|b|big|center|cite|code|del|em|font|i|iframe|img|ins|kbd|q|s|small|span|strike|strong|"
    "sub|sup|tt|u|var"
)
_LAYOUT = (
    dict.fromkeys(_PARAGRAPHS.split("|"), _PARAGRAPH)
    | dict.fromkeys(_LINES.split("|"), _LINE)
    | {"br": _BREAK, "li": _ITEM}
)
_CELLS = ("td", "th")
_DROPPED = ("script", "style", "title")
_KNOWN = {*_LAYOUT, *_CELLS, *_DROPPED, *_INLINE.split("|")}

# Every pattern takes linear time whatever it is given: atomic, and never past the next "<".
_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])((?>(?:\"[^\"<]*\"|'[^'<]*'|[^<>])*))>|<!--|-->"
)
_HREF = re.compile(r"(?:^|\s)href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_HUGE_ENTITY = re.compile(r"&#[0-9]{8,};?")


def is_html(value: str) -> bool:
    """Say whether `value` looks like HTML: it has one of the usual tags or an entity."""
    return _ENTITY.search(value) is not None or any(
        tag[2] and tag[2].lower() in _KNOWN for tag in _TAG.finditer(value)
    )


def plain(value: str) -> str:
    """Return the text of some HTML, for people to read.

    Paragraphs are parted by an empty line, <br> is a line end, <li> starts with "- ", a web link
    becomes `text (url)`; entities are decoded; comments, scripts and styles are dropped. What is no
    tag of HTML stays as it is, and so do the line ends of a text that no tag lays out.
    """
    value = clean(value)
    tags = [tag for tag in _TAG.finditer(value) if not tag[2] or tag[2].lower() in _KNOWN]
    verbatim = not any(tag[2] and tag[2].lower() in _LAYOUT for tag in tags)
    pieces: list[str] = []
    dropping: tuple[str, int] | None = None
    link: tuple[str, int] | None = None
    position = 0
    for tag in tags:
        pieces.append(_words(value[position : tag.start()], verbatim=verbatim))
        position = tag.end()
        closes, name = bool(tag[1]) or tag[0] == "-->", (tag[2] or "comment").lower()
        if dropping is not None:
            if closes and name == dropping[0]:
                del pieces[dropping[1] :]
                dropping = None
        elif not closes and (tag[0] == "<!--" or name in _DROPPED):
            dropping = (name, len(pieces))
        elif tag[0] == "-->":
            pieces.append(tag[0])
        elif name == "a":
            if link is not None:
                pieces.append(_address(link[0], "".join(pieces[link[1] :])))
            link = None if closes else (_href(tag[3]), len(pieces))
        elif name in _CELLS and not closes:
            pieces.append(" ")
        elif name in _LAYOUT:
            verbatim = not closes if name == "pre" else verbatim
            pieces.append(_ITEM_END if closes and name == "li" else _LAYOUT[name])
    pieces.append(_words(value[position:], verbatim=verbatim))
    return _laid_out(pieces)


def _words(value: str, *, verbatim: bool) -> str:
    # int() refuses thousands of digits, so that unescape() would raise.
    words = unescape(_HUGE_ENTITY.sub("", value))
    return words if verbatim else re.sub(r"\s+", " ", words)


def _href(attributes: str) -> str:
    found = _HREF.search(attributes)
    url = _words(next(filter(None, found.groups()), ""), verbatim=True).strip() if found else ""
    return url if url.startswith(("http://", "https://")) else ""


def _address(url: str, label: str) -> str:
    shown = label.strip()
    if not url or url.rstrip("/") == shown.rstrip("/"):
        return ""
    return f"{'' if label.endswith(' ') else ' '}({url})" if shown else url


def _laid_out(pieces: list[str]) -> str:
    """Join words and marks: at most one empty line, none between the items of a list."""
    parts: list[str] = []
    ends, bullet = 0, ""
    for piece in pieces:
        if piece == _ITEM:
            ends, bullet = max(ends, 1), "- "
        elif piece == _ITEM_END:
            ends, bullet = 1, ""
        elif piece == _BREAK:
            ends += 1
        elif piece in (_PARAGRAPH, _LINE):
            ends = ends if bullet else max(ends, 2 if piece == _PARAGRAPH else 1)
        elif ends or not parts:
            if words := piece.lstrip():
                parts += ["\n" * min(ends, 2), bullet, words]
                ends, bullet = 0, ""
        else:
            parts.append(piece.removeprefix(" ") if parts[-1].endswith(" ") else piece)
    lines = "\n".join(line.rstrip() for line in "".join(parts).split("\n"))
    return clean(re.sub(r"\n{3,}", "\n\n", lines))
