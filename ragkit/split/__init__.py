"""Document to chunks: structure first, sizes in the embedder's own tokens, offsets exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.split.splitter import Splitter as Splitter
    from ragkit.split.splitter import embedding_text as embedding_text
    from ragkit.split.splitter import load_splitter as load_splitter
    from ragkit.split.transformer import DocumentSplitter as DocumentSplitter
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.split.splitter": "Splitter embedding_text load_splitter",
            "ragkit.split.transformer": "DocumentSplitter",
        },
    )
