"""Feeds as papers write them, made small: RSS with markup in it, Atom, and RSS on RDF."""

from __future__ import annotations

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Example Times</title><link>https://example.com/</link>
<item><title>Apple &amp;amp; AAPL rise</title><link>https://example.com/a</link><guid isPermaLink="false">id-a</guid>
<pubDate>Mon, 02 Mar 2026 14:30:00 GMT</pubDate><media:title>A picture</media:title>
<description><![CDATA[<p>They <b>rose</b>.</p><script>no()</script>]]></description></item>
<item><title>Oil falls</title><guid>https://example.com/b</guid><pubDate>whenever</pubDate></item>
<item><description></description></item>
</channel></rss>"""

ATOM = b"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Example</title>
<entry><title type="html">Apple &amp;lt;up&amp;gt;</title><link rel="self" href="https://example.com/self"/>
<link href="https://example.com/c"/><id>urn:uuid:1</id><published>2026-03-02T20:00:00+05:30</published>
<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">They<p>rose</p></div></summary></entry></feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Example</title></channel>
<item><title>Apple</title><link>https://example.com/d</link><dc:date>2026-03-02T14:30:00Z</dc:date></item></rdf:RDF>"""

NO_ITEMS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Example</title></channel></rss>'

ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>"""

OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>"""
