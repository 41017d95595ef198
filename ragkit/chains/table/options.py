"""Options of questions over tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ragkit.chains.options import Blueprint, ChainOptions, Resources
from ragkit.chains.table import table
from ragkit.core.errors import ConfigError
from ragkit.generate.generator import spec_of, weak

if TYPE_CHECKING:
    from ragkit.chains.table.chain import TableChain


class TableOptions(ChainOptions):
    """Options of the chain `table`."""

    files: str | list[str] = Field(
        default_factory=list[str],
        description="Files with tables, beside the pipeline's or in the working folder: sheets, CSV and others.",
    )
    mode: Literal["auto", "words", "model"] = "auto"
    tries: int = Field(3, ge=1, le=10, description="How often the generator is asked at most.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return question about the tables of files to TableAnswer."""
        files = [resources.find(each) for each in ([self.files] if isinstance(self.files, str) else self.files)]
        model = spec_of(self.model)
        if self.mode == "words" or (self.mode == "auto" and weak(model)):
            model = ""

        def chain() -> TableChain:
            if not files:
                raise ConfigError(
                    f"{resources.name}: no file with a table is named: write `files:`, or --set files=PATH"
                )
            return table(files, self.model, mode=self.mode, tries=self.tries)

        steps = (
            ("SQL", f"by {model or 'the words of the question'}, held to the tables, using the whole question"),
            ("run", "by DuckDB on typed copies of the tables; the rows it rests on are quoted"),
        )
        about = ", ".join(map(str, files)) or "files that are still to be named"
        return Blueprint(chain, steps, model, takes=f"a question about {about}")
