#!/usr/bin/env python3
"""Speed peer: Coconut on a Llama shaped model in PyTorch, written to be as fast as PyTorch on a CPU allows.

As coconut_torch.py, whose latent loop, loss and decoding it has, with Llama's block: RMSNorm, rotary positions,
grouped heads of keys and values, SwiGLU, no biases; one product for queries, keys and values, one for gate and up.
A single position's queries attend without copies of the keys: those of a group are rows of one product.
Needs only torch, 2.4 or newer, and coconut_torch.py beside it.

    coconut_llama_torch.py --shape llama-small --steps 8 --threads 2
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

from coconut_torch import Coconut, main

# layers, width, heads, heads of keys and values, feed-forward width,
# vocabulary, batch, question tokens, latent thoughts, labelled tokens, tokens to generate
SHAPES = {
    "llama-small":   (4, 512, 8, 2, 1408, 64, 32, 140, 6, 30, 24),
    "llama-1b":      (16, 2048, 32, 8, 8192, 128256, 2, 209, 6, 40, 16),
}
THETA = 500_000
EPSILON = 1e-6


def turn(x, cos, sin):
    """Rotates the pairs (j, j + s/2) of each head."""
    a, b = x.chunk(2, -1)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)  # of bfloat16 under autocast
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Block(nn.Module):
    def __init__(self, d, h, kv, inner):
        super().__init__()
        self.h, self.kv, self.s = h, kv, d // h
        self.norm1, self.norm2 = nn.RMSNorm(d, EPSILON), nn.RMSNorm(d, EPSILON)
        self.qkv, self.out = nn.Linear(d, (h + 2 * kv) * self.s, bias=False), nn.Linear(d, d, bias=False)
        self.gate_up, self.down = nn.Linear(d, 2 * inner, bias=False), nn.Linear(inner, d, bias=False)

    def forward(self, x, cache, cos, sin):
        b, t, d = x.shape
        qkv = self.qkv(self.norm1(x)).view(b, t, self.h + 2 * self.kv, self.s).transpose(1, 2)
        qk, v = qkv.split([self.h + self.kv, self.kv], 1)
        q, k = turn(qk, cos, sin).split([self.h, self.kv], 1)
        past = 0
        if cache is not None and cache[0] is not None:
            past = cache[0].shape[2]
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        if cache is not None:
            cache[0], cache[1] = k, v
        x = x + self.out(self.attention(q, k, v, past).transpose(1, 2).reshape(b, t, d))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)

    def attention(self, q, k, v, past):
        b, _, t, _ = q.shape
        group = self.h // self.kv
        if t == 1:
            a = F.scaled_dot_product_attention(q.reshape(b, self.kv, group, self.s), k, v)
            return a.reshape(b, self.h, 1, self.s)
        k, v = (x.repeat_interleave(group, 1) for x in (k, v))
        if past == 0:
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        mask = torch.ones(t, past + t, dtype=torch.bool).tril(past)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


class Llama(Coconut):
    def __init__(self, layers, d, h, kv, inner, vocab, positions):
        nn.Module.__init__(self)
        self.wte = nn.Embedding(vocab, d)
        self.blocks = nn.ModuleList(Block(d, h, kv, inner) for _ in range(layers))
        self.norm = nn.RMSNorm(d, EPSILON)
        frequencies = THETA ** (-torch.arange(0, d // h, 2, dtype=torch.float32) / (d // h))
        angles = torch.arange(positions, dtype=torch.float32)[:, None] * frequencies
        self.cos, self.sin = angles.cos(), angles.sin()
        nn.init.normal_(self.wte.weight, std=0.02)

    def run(self, e, start, cache):
        cos, sin = (table[start:start + e.shape[1]] for table in (self.cos, self.sin))
        x = e
        for block, kv in zip(self.blocks, cache):
            x = block(x, kv, cos, sin)
        return self.norm(x)


if __name__ == "__main__":
    main(SHAPES, Llama)
