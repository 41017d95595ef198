"""Readers of file formats: a folder a family, none of which knows another, and beside them what several need.

- ``text``: plain text, Markdown, source code, reStructuredText, CSV, JSON, notebooks
- ``markup``: XML, SVG, e-books; HTML is in ``html``, as mail, notebooks and feeds hold it too
- ``office``: Word, PowerPoint, Excel, OpenDocument, RTF
- ``pdf``: PDF, with ``layout`` for the geometry of a page: lines, rows, tables, boxes of words
- ``mail``: messages and mailboxes, Outlook's .msg and winmail.dat
- ``archive``: zip, tar, single compressed files
- ``image``: pictures; the words in them and in scanned pages come from ``ocr``

Shared: ``package`` (zip files with XML in them, limits of unpacking), ``inside`` (files within files), ``markdown``
(tables and blocks), ``properties`` (authors and dates), ``sections`` (heading paths and line numbers). One family finds
the reader of another by media type, in ``ragkit.load.readers``.
"""
