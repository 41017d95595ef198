"""Options of a search."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ragkit.chains.options import Blueprint, IndexOptions, Resources
from ragkit.chains.search import search


class SearchOptions(IndexOptions):
    """Options of the chain `search`."""

    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    filter: dict[str, Any] | None = Field(None, description="What the passages' metadata must be.")
    within: str | list[str] | None = Field(None, description="Files, folders or globs the passages must be from.")
    since: str | None = Field(None, description="Date on or after which their documents were written or changed.")
    diversity: float | None = Field(None, ge=0, le=1, description="Weight of unlikeness to better passages.")
    rerank: str | None = Field(None, description="Folder of a cross-encoder, or a re-ranker that a package adds.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return query to Hits."""
        index = self.open(resources)
        options = self.model_dump(include={"k", "mode", "filter", "within", "since", "diversity", "rerank"})
        extra = (("rerank", self.rerank),) if self.rerank else ()
        return Blueprint(lambda: search(index, **options), (("search", f"{self.over(index)}, {self.mode}"), *extra))
