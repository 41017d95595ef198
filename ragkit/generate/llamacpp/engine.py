"""One loaded llama.cpp model: requests in, events out, tokens counted; shared by all chat models that use the file."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import sys
import tempfile
import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ragkit.core.errors import ContextOverflow, GenerationError, ModelError
from ragkit.generate.background import BackgroundRuns

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

# Prompts whose beginnings stay evaluated: chains ask about one question in several ways, in turns, and would otherwise
# evaluate the sources again each time (430 tokens/s on two cores for the smallest model, 35 to 50 for the next).
_PROMPTS = 4
# llama.cpp rounds context sizes up to multiples of this.
_CONTEXT_STEP = 256
# Bytes of a path in sockaddr_un: Linux allows 107, macOS 103.
_LONGEST_ADDRESS = 100
_SHUT_BOTH_WAYS = 2
_PATH_OFFSET = 2  # of the path within sockaddr_un, behind the address family


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What makes two engines the same.

    Attributes:
        path: the GGUF file.
        version: modification time in nanoseconds and size in bytes, so that a replaced file is loaded again.
        n_ctx: tokens of context for each request.
        threads: processor threads.
        batch: prompt tokens evaluated between two looks at whether the request was cancelled.
        parallel: requests that are worked on at the same time.
        gpu_layers: layers to keep on a graphics card; -1 lets llama.cpp choose.
        chat_template: Jinja template instead of the file's own; empty for the file's own.
        process: id of the process, because a forked child has none of the engine's threads.
    """

    path: str
    version: tuple[int, int]
    n_ctx: int
    threads: int
    batch: int = 256
    parallel: int = 1
    gpu_layers: int = -1
    chat_template: str = ""
    process: int = field(default_factory=os.getpid)


class _Resources:
    """What must be released in order: first the running requests, then the server."""

    def __init__(self, server: Any, parallel: int) -> None:
        self.server: Any = server
        self.turns = threading.Semaphore(parallel)
        self.runs: BackgroundRuns[dict[str, Any]] = BackgroundRuns("ragkit-llamacpp")

    def release(self) -> None:
        self.runs.stop()
        self.server = None


class LlamaEngine:
    """A model in memory. Safe to use from several threads; requests beyond ``parallel`` wait their turn.

    Raises:
        ModelError: llama.cpp cannot load the file.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self._resources = _Resources(_start(settings), settings.parallel)
        # Also called at exit. It holds the resources and not the engine, which it would keep alive otherwise.
        weakref.finalize(self, self._resources.release)
        # A server that is released before its loop has begun waits for that loop forever: an answer shows that it has.
        self.count("begun")

    def count(self, text: str) -> int:
        """Count the tokens of ``text`` as the model counts them, markers such as ``<|im_end|>`` being one each."""
        if not text:
            return 0
        # The server counts before it evaluates and refuses what does not fit: padding beyond the context makes it
        # return the count and do nothing else.
        padding = -(-self.settings.n_ctx // _CONTEXT_STEP) * _CONTEXT_STEP
        reply = self._resources.server.handle_completions({"prompt": [0] * padding + [text]})
        error = reply.get("error", {})
        if "n_prompt_tokens" not in error:
            raise GenerationError(f"llama.cpp did not count tokens: {error.get('message', reply)}")
        return error["n_prompt_tokens"] - padding

    def count_prompt(self, request: dict[str, Any]) -> int:
        """Count the tokens of a request's messages, chat template and all."""
        events = self._events(request)
        try:
            for event in events:
                if "error" in event:
                    return event["error"].get("n_prompt_tokens") or self._refuse(event["error"], 0)
                if "prompt_progress" in event:
                    return event["prompt_progress"]["total"]
        finally:
            events.close()
        raise GenerationError("llama.cpp did not count the prompt's tokens")

    def chat(self, request: dict[str, Any], room: int) -> Generator[dict[str, Any], None, None]:
        """Stream the events of a chat completion in the words of llama.cpp's server.

        Closing the generator cancels the request.

        Args:
            request: body of an OpenAI-style chat completion, with llama.cpp's own options; with ``prompt`` instead of
                ``messages`` that of a completion, for which no chat template is used.
            room: tokens to keep free for the answer.

        Raises:
            ContextOverflow: the prompt and ``room`` do not fit the context.
            GenerationError: the request was refused or failed.
        """
        events = self._events(request)
        try:
            for event in events:
                if "error" in event:
                    self._refuse(event["error"], room)
                needed = event.get("prompt_progress", {}).get("total", 0) + room
                if needed > self.settings.n_ctx:
                    raise ContextOverflow(needed, self.settings.n_ctx)
                yield event
        finally:
            events.close()

    def _refuse(self, error: dict[str, Any], room: int) -> NoReturn:
        if "n_prompt_tokens" in error:
            raise ContextOverflow(error["n_prompt_tokens"] + room, self.settings.n_ctx)
        message = str(error.get("message", error))
        raise GenerationError(f"llama.cpp refused the request: {message}", retryable=error.get("code") == 503)

    def _events(self, request: dict[str, Any]) -> Generator[dict[str, Any], None, None]:
        body = {**request, "stream": True, "stream_options": {"include_usage": True}, "return_progress": True}
        # The resources and not the server itself, which a forgotten generator must not keep alive.
        resources = self._resources

        def work(emit: Callable[[dict[str, Any]], bool]) -> None:
            # The server has `_PROMPTS` places, but the context is large enough for `parallel` requests only.
            with resources.turns:
                if "prompt" in body:
                    resources.server.handle_completions(body, emit)
                else:
                    resources.server.handle_chat_completions(body, emit)

        return resources.runs.stream(work)


# Weak: a model leaves memory with the last chat model that holds its engine.
_engines: weakref.WeakValueDictionary[EngineSettings, LlamaEngine] = weakref.WeakValueDictionary()
_loading = threading.Lock()


def shared_engine(settings: EngineSettings) -> LlamaEngine:
    """Return the engine with these settings, loading the model if no chat model holds it already.

    Raises:
        ModelError: llama.cpp cannot load the file.
    """
    with _loading:  # two threads that ask together must not load the model twice
        engine = _engines.get(settings)
        if engine is None:
            engine = _engines[settings] = LlamaEngine(settings)
        return engine


def _library() -> Any:
    """Import xllamacpp so that its threads sleep while they wait for each other.

    The OpenMP runtime reads the variable when it is loaded. Spinning, its default, made replies ten times slower on two
    cores with other work on them (64 s against 5 s for one reply).
    """
    policy = os.environ.get("OMP_WAIT_POLICY")
    if policy is None and "GOMP_SPINCOUNT" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "passive"
    try:
        import xllamacpp
    finally:
        if policy is None:
            os.environ.pop("OMP_WAIT_POLICY", None)
    return xllamacpp


def _start(settings: EngineSettings) -> Any:
    library = _library()
    params = library.CommonParams()
    params.model.path = settings.path
    params.n_ctx = settings.n_ctx * settings.parallel
    params.n_parallel = settings.parallel
    # With kv_unified the context is one pool, from which a remembered prompt is dropped when room is short.
    if settings.parallel == 1:
        params.n_parallel, params.kv_unified = _PROMPTS, True
    params.n_batch = params.n_ubatch = settings.batch
    params.n_gpu_layers = settings.gpu_layers
    # Mapped, the file stays in memory beside the copy that llama.cpp lays out for the processor: 1.97 GB against 1.37
    # for Qwen 1.5B, for a second less to load.
    params.load_mode = library.llama_load_mode.LLAMA_LOAD_MODE_NONE
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads
    params.chat_template = settings.chat_template
    # Errors arrive as results; nothing is written to this process's streams.
    params.verbosity = -1
    params.warmup = params.fit_params = params.ui = False
    # The context itself is the prefix cache; llama.cpp's copies of it in memory would cost gigabytes.
    params.cache_ram_mib = 0
    params.n_threads_http = 1
    # The key is needed on Windows only, where the loopback port stays open; it is random and never leaves this process.
    with _private_listener() as address:
        params.hostnames, params.api_keys = [address], [secrets.token_hex()]
        try:
            return library.Server(params)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"{settings.path} cannot be loaded: the file is damaged or incomplete (get it again), its architecture "
                "is newer than the installed xllamacpp (upgrade it), or memory is short"
            ) from error


@contextmanager
def _private_listener() -> Generator[str, None, None]:
    """Yield an address that only this user could reach, and close whatever listens there when the block ends.

    xllamacpp can only be used through llama.cpp's server object, which insists on listening for HTTP. It gets a
    Unix-domain address in a folder that only this user can enter; when the model is loaded, the listener is shut and
    the folder removed. Requests go through function calls, never through the socket. Windows has no such address:
    there the server keeps a loopback port, and a key that nobody knows.

    Yields:
        A path for a Unix-domain socket, which llama.cpp knows by its suffix ``.sock``; on Windows the loopback address.
    """
    if sys.platform == "win32":
        yield "127.0.0.1"
        return
    folder = Path(tempfile.mkdtemp(prefix="ragkit-"))
    if len(os.fsencode(folder)) + len("/s.sock") > _LONGEST_ADDRESS:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="ragkit-", dir="/tmp"))
    address = str(folder / "s.sock")
    try:
        yield address
    finally:
        _shut(address)
        shutil.rmtree(folder, ignore_errors=True)


def _shut(address: str) -> None:
    """Shut the socket of this process that is bound to ``address``, so that llama.cpp's listening thread ends."""
    listing = Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")
    # Without a list of descriptors the socket stays open, but has no name by which anybody could reach it.
    if not listing.is_dir():
        return
    library = ctypes.CDLL(None)
    wanted = os.fsencode(address)
    for descriptor in [int(entry.name) for entry in listing.iterdir()]:
        if _bound_to(library, descriptor) == wanted:
            library.shutdown(descriptor, _SHUT_BOTH_WAYS)


def _bound_to(library: ctypes.CDLL, descriptor: int) -> bytes:
    # Python's own socket module is left out of this: programs that forbid sockets do it by replacing that module.
    # struct sockaddr_un: the address family, then the path, ended by a zero byte.
    buffer = ctypes.create_string_buffer(256)
    length = ctypes.c_uint32(len(buffer))
    if library.getsockname(descriptor, buffer, ctypes.byref(length)) != 0:
        return b""
    return buffer.raw[_PATH_OFFSET : length.value].split(b"\0", 1)[0]
