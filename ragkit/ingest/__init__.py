"""Files and pages to an index: load, split, embed and store, straight down.

``sources`` checks the paths, ``stages`` loads and splits, ``batches`` embeds beside the main thread, ``run``
writes whole documents and keeps the ledger; ``reembed`` does the same from the texts that an index holds. The queues
between the stages are bounded: worker processes read a few files ahead, one batch is embedded while another is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.core.settings import Settings
    from ragkit.core.types import Embedder, IngestReport
    from ragkit.ingest.embedder import IndexEmbedder
    from ragkit.ingest.run import Progress
    from ragkit.ingest.sources import Sources
    from ragkit.store.sqlite.store import Store

__all__ = ["ingest", "reembed"]


def ingest(
    store: Store,
    sources: Sources,
    embedder: IndexEmbedder,
    settings: Settings,
    *,
    prune: bool = False,
    rehash: bool = False,
    retry_failed: bool = False,
    ocr: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Bring a store to what files and web pages now hold; where nothing changed, the embedder is not even loaded.

    Args:
        store: an open store; the run is its writer.
        sources: the files and pages.
        embedder: the index's.
        settings: limits of files, worker processes, threads, and how documents of a new index are cut.
        prune: remove what is indexed from below the sources but no longer exists there.
        rehash: read every file again, even when its size and modification time are as before.
        retry_failed: read what had no text at an earlier run again, even when it is as before.
        ocr: read words in pictures and scanned pages too.
        progress: called as files are finished.

    Raises:
        IndexLocked: another process is writing to this index.
        IndexMismatch: the index was made with another embedder.
    """
    from ragkit.ingest.run import Synchroniser
    from ragkit.ingest.stages import FileStages, configured_splitting, recorded_splitting

    found = sources.files(store.folder)
    # A new index records its embedder before the first document, so that a run that is killed and taken up with another
    # embedder is refused. For an index that has one, loading waits until there is something to embed.
    recorded = store.embedder()
    if recorded is None:
        described = embedder.describe(embedder.load(None)) | {"splitting": configured_splitting(settings)}
        with store.transaction():
            for key, value in described.items():
                store.set_setting(key, value)
    elif embedder.chosen not in (None, recorded.get("spec")):
        embedder.load(recorded)
    splitting = recorded_splitting(store.setting("splitting"), settings, store.folder)
    stages = FileStages(embedder, store, splitting, settings, ocr=ocr)
    tokens = store.setting("tokens") is not None
    run = Synchroniser(store, stages, rehash=rehash, retry=retry_failed, tokens=tokens, ocr=ocr, progress=progress)
    with store.writing():
        pages = sources.pages(store, prune=prune)
        report = run.run(
            found,
            pages,
            prune=sources.holds if prune else None,
            within=None if sources.partial else sources.holds,
        )
        if report.embedded:
            _record_runtime(store, stages.embedder)
    return report


def reembed(
    store: Store,
    embedder: IndexEmbedder,
    settings: Settings,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[IngestReport, Embedder]:
    """Split and embed all documents of a store again; the files they came from are not needed.

    Args:
        store: an open store; the run is its writer. It is as before until the new passages are all there.
        embedder: the index's; its own spec or object, else the settings', embeds.
        settings: how documents are cut from now on.
        progress: called as documents are finished.

    Returns:
        One row for each file with text, and the embedder.

    Raises:
        IndexLocked: another process is writing to this index.
    """
    from ragkit.ingest.reembedding import Reembedding
    from ragkit.ingest.stages import FileStages, configured_splitting

    chosen = embedder.load_chosen()
    splitting = configured_splitting(settings)
    described = embedder.describe(chosen) | {"splitting": splitting}
    stages = FileStages(chosen, store, splitting, settings)
    with store.writing():
        report = Reembedding(store, stages, described, splitting=stages.splitting, progress=progress).run()
        if report.embedded:
            _record_runtime(store, chosen)
    return report, chosen


def _record_runtime(store: Store, embedder: Embedder) -> None:
    """Record what embedded last, for ``ragkit status``: a model that fell back to a slower runtime is to be seen."""
    describe = getattr(embedder, "describe", None)
    if describe is None:
        return
    how = describe()
    runtime = f"{how['runtime']} at {how['precision']}"
    if store.setting("runtime") != runtime:
        store.set_setting("runtime", runtime)
        store.checkpoint()
