"""Writes a model with random weights and a vocabulary of bytes: `tiny_model.py FILE [tiny|other]`.

Run by scripts/real-ollama in an environment of its own. The two kinds have different tokenizers. Both say
letters only: of bytes at random, six in a row may make no character, and then the model has said nothing.
"""

from __future__ import annotations

import re
import sys

import numpy as np
from gguf import GGUFWriter, TokenType

WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 4, 2, 128, 2048
WORDS = {
    "tiny": ["the", "and", "you", "hello", "memory"],
    "other": ["cat", "dog", "tea", "good", "night", "music"],
}
SPECIAL = ["<|bos|>", "<|eos|>", "<|user|>", "<|assistant|>", "<|system|>"]


def byte_tokens() -> list[str]:
    """Byte-level vocabularies write bytes that do not print as letters from 256 on."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(byte) if byte in printed else chr(next(spare)) for byte in range(256)]


def vocabulary(kind: str) -> tuple[list[str], list[str]]:
    """Tokens and merges."""
    tokens, merges = byte_tokens(), []
    for word in WORDS[kind]:
        begun = word[0]
        for letter in word[1:]:
            if begun + letter not in tokens:
                tokens.append(begun + letter)
                merges.append(f"{begun} {letter}")
            begun += letter
    return tokens, merges


def write(file: str, kind: str) -> None:
    tokens, merges = vocabulary(kind)
    types = [TokenType.NORMAL] * len(tokens) + [TokenType.CONTROL] * len(SPECIAL)
    tokens += SPECIAL
    writer = GGUFWriter(file, "llama")
    writer.add_name(f"{kind}-random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(1)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|bos|>"))
    writer.add_eos_token_id(tokens.index("<|eos|>"))
    writer.add_add_bos_token(True)
    add_weights(writer, [bool(re.fullmatch("[a-z]+", token)) for token in tokens])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_weights(writer: GGUFWriter, is_said: list[bool]) -> None:
    """Chance, but for one direction: every token goes that way, and only what is said is met there."""
    chance = np.random.default_rng(0)

    def random(name: str, *shape: int, first: float | np.ndarray | None = None) -> None:
        weights = chance.standard_normal(shape) * 0.05
        if first is not None:
            weights[:, 0] = first
        writer.add_tensor(name, weights.astype(np.float16))

    random("token_embd.weight", len(is_said), WIDTH, first=1.0)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    random("output.weight", len(is_said), WIDTH, first=np.where(is_said, 1.0, -1.0))
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            random(f"blk.{layer}.{name}.weight", WIDTH, WIDTH)
        random(f"blk.{layer}.ffn_gate.weight", HIDDEN, WIDTH)
        random(f"blk.{layer}.ffn_up.weight", HIDDEN, WIDTH)
        random(f"blk.{layer}.ffn_down.weight", WIDTH, HIDDEN)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, np.float32))


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "tiny")
