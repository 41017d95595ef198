"""txtai: Embeddings with content, as its introduction makes them; passages are cut here, since Embeddings cuts none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import CHARACTERS, OVERLAP, K, main

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Txtai:
    packages = ("txtai", "faiss-cpu", "transformers")

    def load(self, model: str) -> None:
        from txtai import Embeddings

        # The model itself is loaded below: what was saved says which one it is, and loads it.
        self.embeddings, self.model = Embeddings, model

    def index(self, documents: Sequence[tuple[str, str]], folder: Path) -> list[str]:
        passages = [(f"{name}#{number}", part) for name, text in documents for number, part in enumerate(cut(text))]
        embeddings = self.embeddings(path=self.model, content=True)
        embeddings.index(passages)
        embeddings.save(str(folder))
        return [part for _, part in passages]

    def search(self, question: str, folder: Path) -> list[str]:
        embeddings = self.embeddings()
        embeddings.load(str(folder))
        return [found["id"].rpartition("#")[0] for found in embeddings.search(question, K)]


def cut(text: str) -> Iterator[str]:
    """Cut at white space into passages of the common length and overlap."""
    start = 0
    while len(text) - start > CHARACTERS:
        end = max(text.rfind(" ", start + CHARACTERS // 2, start + CHARACTERS), start + CHARACTERS // 2)
        yield text[start:end]
        start = end - OVERLAP
    yield text[start:]


if __name__ == "__main__":
    main(Txtai())
