"""The embedding of the settings as a LangChain object; none for the built-in one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import BadSetting

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from assistant.settings import Settings

BUILT_IN = "offline"


def make_embeddings(settings: Settings) -> Embeddings | None:
    """``offline`` → ``None`` (the library's own); ``openai:<model>`` → an OpenAI-compatible server; anything else → a local model folder.

    Raises:
        BadSetting: the address, the folder or the package for it is missing.
    """
    chosen = settings.embedding
    if chosen == BUILT_IN or not chosen:
        return None
    if chosen.startswith("openai:"):
        return _served(chosen.removeprefix("openai:"), settings)
    return _local(Path(chosen).expanduser())


def _served(model: str, settings: Settings) -> Embeddings:
    if not settings.embedding_url:
        raise BadSetting("embedding = openai:… 需要同时设置 embedding_url（OpenAI 兼容服务的地址）。")
    from langchain_openai import OpenAIEmbeddings

    # without check_embedding_ctx_length=False it would download a tokeniser and send token numbers instead of text
    return OpenAIEmbeddings(
        model=model,
        base_url=settings.embedding_url,
        api_key=settings.model_key or "none",  # type: ignore[arg-type]
        check_embedding_ctx_length=False,
        max_retries=1,
        timeout=60,
    )


def _local(folder: Path) -> Embeddings:
    if not folder.is_dir():
        raise BadSetting(f"embedding 设置的模型目录 {folder} 不存在。可用：offline、openai:<模型名>，或一个本地模型目录。")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from langchain_huggingface import HuggingFaceEmbeddings
    except ImportError as error:
        raise BadSetting("本地模型目录需要另装 langchain-huggingface 和 sentence-transformers。") from error
    made: Embeddings = HuggingFaceEmbeddings(model_name=str(folder), model_kwargs={"local_files_only": True})
    return made
