"""An HTML page gives the text a reader sees, and nothing that is hidden from the reader."""

import pytest

from tools.documents.shapes import blocks, paths, read, under


def _told(page: str) -> str:
    return read(page, "text/html").text


def test_headings_terms_items_code_and_rows_are_told_apart() -> None:
    page = """<title>The <b>title</b></title><h1>Guide <a href="#x">¶</a></h1><p>Some <i>words</i>,
      folded&nbsp;and&amp;plain.</p><h2>List</h2><ul><li>one<li>two</ul><pre>a  b
  c</pre><dl><dt>port</dt><dd>The port.</dd></dl><p>After.</p>
      <table><tr><th>name</th><th>value</th></tr><tr><td>x</td><td>1</td></tr><tr><td>y</td></tr></table>"""
    document = read(page, "text/html")
    assert document.title == "The <b>title</b>"
    assert blocks(document) == [
        ("prose", "Some words, folded and&plain."),
        ("item", "one"),
        ("item", "two"),
        ("code", "a b c"),
        ("prose", "The port."),
        ("prose", "After."),
        ("row", "name: x; value: 1"),
        ("row", "name: y"),
    ]
    assert paths(document) == ["Guide", "Guide > List", "Guide > List > port", "Guide > List"]
    assert "a  b\n  c" in document.text


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret</script>",
        "<style>secret</style>",
        "<!-- secret -->",
        "<!-- <p> -- > secret -->",
        "<template><p>secret</p></template>",
        "<noscript>secret</noscript>",
        "<p hidden>secret</p>",
        "<div aria-hidden='true'><p>secret</p><div>secret</div></div>",
        "<p style='color:red; DISPLAY : none'>secret</p>",
        "<span style=font-size:0>secret</span>",
        "<span style='opacity:0;'>secret</span>",
        "<textarea>secret</textarea>",
        "<select><option>secret</option></select>",
        "<nav><a href=x>secret</a></nav>",
        "<img alt='secret' src=x>",
        "<svg><text>secret</text></svg>",
        "<p title='>secret'></p>",
        "<iframe srcdoc='secret'>secret</iframe>",
    ],
)
def test_what_a_reader_does_not_see_is_not_read(hidden: str) -> None:
    assert _told(f"<p>before</p>{hidden}<p>after</p>") == "before\n\nafter"


def test_what_only_looks_hidden_is_read() -> None:
    assert _told("<p hidden>no<p>yes</p><p style='opacity:0.9'>shown</p><br hidden>end") == "yes\n\nshown\n\nend"


def test_text_lost_behind_an_unclosed_hidden_element_is_confessed() -> None:
    document = read("<p>seen</p><div hidden><p>lost", "text/html")
    assert document.text == "seen"
    assert document.notes == ("text after an unclosed, hidden <div> was left out",)


def test_a_table_that_only_arranges_the_page_is_read_as_paragraphs() -> None:
    page = "<table><tr><td><table><tr><td>inner</td><td>cell</td></tr></table></td><td>side</td></tr></table>"
    assert [text for _, text in blocks(read(page, "text/html"))] == ["inner | cell", "side"]
    long = f"<table><tr><td>{'word ' * 300}</td><td>x</td></tr></table>"
    assert blocks(read(long, "text/html"))[0][0] == "prose"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a < b and <3", "a < b and <3"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("<p a='1\" b=2>lost", ""),
        ("plain words", "plain words"),
        ("<P>UPPER</P><BR/>x", "UPPER\n\nx"),
        ("<div/><p>self-closed", "self-closed"),
        ("<script>if (a</b) x</script >after", "after"),
        ("one<br>two", "one\ntwo"),
        ("<h2>open heading<p>words", "open heading\n\nwords"),
    ],
)
def test_broken_markup_is_read_as_far_as_it_goes(page: str, text: str) -> None:
    assert _told(page) == text


def test_every_block_is_a_slice_of_the_text() -> None:
    document = read("<h1>A</h1><p>b</p><table><tr><td>c</td><td>d</td></tr></table><dl><dt>e<dd>f</dl>g", "text/html")
    assert [document.text[section.start : section.body] for section in document.sections] == ["A", "e", ""]
    assert under(document, "A") == ["b", "c | d", "g"]
